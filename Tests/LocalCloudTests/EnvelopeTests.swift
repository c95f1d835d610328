import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct EnvelopeTests {
    private let time = Instant(seconds: 1_614_317_635, nanoseconds: 749_000_000)

    @Test func `the largest form has all fields`() {
        let content = OutgoingMessage(
            data: Array("Hello Cloud Pub/Sub! Here is my message!".utf8),
            attributes: ["key": "value"],
            orderingKey: "key"
        )
        let message = PubSubMessage(id: "2070443601311540", publishTime: time, content: content)
        #expect(
            text(message.envelope(subscription: "projects/myproject/subscriptions/mysubscription", deliveryAttempt: 5))
                == #"{"message":{"attributes":{"key":"value"},"#
                + #""data":"SGVsbG8gQ2xvdWQgUHViL1N1YiEgSGVyZSBpcyBteSBtZXNzYWdlIQ==","#
                + #""messageId":"2070443601311540","message_id":"2070443601311540","orderingKey":"key","#
                + #""publishTime":"2021-02-26T05:33:55.749Z","publish_time":"2021-02-26T05:33:55.749Z"},"#
                + #""deliveryAttempt":5,"subscription":"projects/myproject/subscriptions/mysubscription"}"#
        )
    }

    @Test func `what is empty is left out`() {
        let message = PubSubMessage(id: "1", publishTime: time, content: OutgoingMessage(data: [0xFB, 0xFF]))
        #expect(
            text(message.envelope(subscription: "s", deliveryAttempt: nil))
                == #"{"message":{"data":"+/8=","messageId":"1","message_id":"1","#
                + #""publishTime":"2021-02-26T05:33:55.749Z","publish_time":"2021-02-26T05:33:55.749Z"},"subscription":"s"}"#
        )
        let attributes = PubSubMessage(
            id: "1",
            publishTime: time,
            content: OutgoingMessage(data: [], attributes: ["a": "b"])
        )
        #expect(!text(attributes.envelope(subscription: "s", deliveryAttempt: nil)).contains("data"))
    }
}
