import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@Suite("Messages that nobody keeps any longer")
struct DroppedMessageTests {
    private static let topic = "projects/own-project/topics/quarantine"
    private static let settings = ["QUARANTINE_TOPIC_NAME": topic]
    private static let oldSeconds: Int64 = 600_001
    private static let unusable = OutgoingMessage(
        data: Array(#"{"type":"ActivationSelfApproved","attributes":{}}"#.utf8),
        attributes: ["a": "b"]
    )

    @Test func `with the quarantine topic broken and retention about to end it is 503, and a line has the data`()
        async throws
    {
        try await onStage(Self.settings) { stage async throws in
            // There is no such topic.
            #expect(try await stage.push(Self.unusable, ageSeconds: Self.oldSeconds).status == 503)
            #expect(stage.log.lines(of: "message.quarantine-failed").count == 1)
            let line = try #require(stage.log.lines(of: "message.dropped").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["reason"]?.string == "message-not-understood")
            #expect(line["data"]?.string == Base64.encode(Self.unusable.data))
            #expect(line["attributes"]?["a"]?.string == "b")
        }
    }

    @Test func `one with time left is sent back without that line`() async throws {
        try await onStage(Self.settings) { stage async throws in
            #expect(try await stage.push(Self.unusable, ageSeconds: Self.oldSeconds - 100).status == 503)
            #expect(stage.log.lines(of: "message.quarantine-failed").count == 1)
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `it is the same for one that is given up`() async throws {
        let ended = activation()
        let settings = Self.settings.merging(["GIVE_UP_SECONDS": "60"]) { $1 }
        try await onStage(settings, policy: nil) { stage async throws in
            let message = ended.message(.selfApproved)
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 503)
            #expect(stage.log.field("reason", of: "message.quarantine-failed") == "permission-denied")
            #expect(stage.log.field("data", of: "message.dropped") == Base64.encode(message.data))
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 204)
            #expect(stage.log.lines(of: "message.quarantined").count == 1)
            #expect(stage.cloud.pubSub.published(Self.topic).first?.content.data == message.data)
        }
    }

    @Test func `a dead-letter policy is warned about once, whatever the answers are`() async throws {
        try await onStage { stage async throws in
            let live = activation(from: -60, until: 3600)
            #expect(try await stage.push(live.message(.selfApproved)).status == 425)
            #expect(stage.log.lines(of: "settings.warning").isEmpty)
            for attempt in 1...3 {
                let answer = try await stage.push(live.message(.selfApproved), deliveryAttempt: attempt)
                #expect(answer.status == 425)
            }
            #expect(try await stage.push(OutgoingMessage(data: Array("{}".utf8)), deliveryAttempt: 1).status == 204)
            let lines = stage.log.lines(of: "settings.warning")
            #expect(lines.count == 1)
            #expect(lines.first?["severity"]?.string == "WARNING")
            #expect(lines.first?["detail"]?.string?.contains("dead-letter policy") == true)
        }
    }
}
