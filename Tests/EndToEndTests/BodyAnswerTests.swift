import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing

@Suite("Answers to authentic requests that are no good pushes")
struct BodyAnswerTests {
    @Test func `a body over 16 MiB is refused with 413`() async throws {
        try await onStage { stage async throws in
            let answer = try await stage.push(body: [UInt8](repeating: 0x20, count: 16 * 1024 * 1024 + 1))
            #expect(answer.status == 413)
            #expect(stage.log.field("reason", of: "push.body-refused") == "too-large")
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json-seq"])
    func `a body that is not JSON by its content type is refused with 415`(contentType: String) async throws {
        try await onStage { stage async throws in
            let answer = try await stage.push(body: Array("{}".utf8), contentType: contentType)
            #expect(answer.status == 415)
        }
    }

    @Test func `a compressed body is refused with 415`() async throws {
        try await onStage { stage async throws in
            let answer = try await stage.post(
                [0x1F, 0x8B],
                headers: [
                    ("Authorization", "Bearer \(try stage.token())"), ("Content-Type", "application/json"),
                    ("Content-Encoding", "gzip"),
                ]
            )
            #expect(answer.status == 415)
        }
    }

    @Test(arguments: [
        ("", "not-json"), ("{", "not-json"), ("[]", "no-message"), ("{}", "no-message"),
        (#"{"message":"x"}"#, "no-message"), (#"{"message":{}}"#, "no-message"),
        (#"{"message":{"data":1}}"#, "wrong-type"), (#"{"message":{"data":"!!!"}}"#, "not-base64"),
        (#"{"message":{"data":"e30=="}}"#, "not-base64"), (#"{"message":{"data":"e 30="}}"#, "not-base64"),
        (#"{"message":{"data":"-_+/"}}"#, "not-base64"),
        (#"{"message":{"data":"e30=","attributes":[]}}"#, "wrong-type"),
        (#"{"message":{"data":"e30=","attributes":{"a":1}}}"#, "wrong-type"),
        (#"{"message":{"data":"e30=","messageId":1}}"#, "wrong-type"),
        (#"{"message":{"data":"e30="},"subscription":1}"#, "wrong-type"),
        (#"{"type":"ActivationSelfApproved","attributes":{}}"#, "no-message"),
        ("\u{FEFF}{\"message\":{\"data\":\"e30=\"}}", "not-json"), (#"{"message":{"data":"e30="}}{}"#, "not-json"),
    ])
    func `what is no push envelope is refused with 400 and never acted on`(body: String, reason: String) async throws {
        try await onStage { stage async throws in
            let answer = try await stage.push(body: Array(body.utf8))
            #expect(answer.status == 400)
            #expect(answer.body.isEmpty)
            #expect(stage.log.field("reason", of: "push.not-an-envelope") == reason)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test(arguments: [(100, 204), (101, 400)])
    func `a message has 100 attributes at most, as with Pub/Sub`(count: Int, status: Int) async throws {
        try await onStage { stage async throws in
            let attributes = Dictionary(uniqueKeysWithValues: (0..<count).map { ("a\($0)", "b") })
            #expect(try await stage.push(data: "{}", attributes: attributes).status == status)
            let reason = stage.log.field("reason", of: "push.not-an-envelope")
            #expect(reason == (status == 400 ? "too-many-attributes" : nil))
        }
    }

    @Test func `millions of small values are counted while they are read, and refused`() async throws {
        try await onStage { stage async throws in
            let values = String(repeating: "0,", count: 4_000_000)
            let body = #"{"message":{"data":"e30="},"new":["# + values + "0]}"
            #expect(try await stage.push(body: Array(body.utf8)).status == 400)
            #expect(stage.log.field("reason", of: "push.not-an-envelope") == "not-json")
        }
    }

    @Test func `100,000 nested brackets are refused without harm`() async throws {
        try await onStage { stage async throws in
            let body = #"{"message":"# + String(repeating: "[", count: 100_000)
            #expect(try await stage.push(body: Array(body.utf8)).status == 400)
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test(arguments: [
        #"{"message":{"data":"eyJhIjoiPz8_In0"}}"#, #"{"message":{"data":"eyJhIjoiPz8/In0="}}"#,
        #"{"message":{"data":"eyJhIjoiPz8_In0=","@type":"type.googleapis.com/x"},"new":{"field":[1]}}"#,
        #"{"message":{"attributes":{"a":"b"},"messageId":"7","message_id":"7"}}"#,
    ])
    func `both base64 alphabets are taken, padding may be missing, and unknown fields do not matter`(body: String)
        async throws
    {
        try await onStage { stage async throws in
            #expect(try await stage.push(body: Array(body.utf8)).status == 204)
            #expect(stage.log.lines(of: "message.ignored").count == 1)
        }
    }

    @Test func `an envelope of another subscription is refused with 403, where one is configured`() async throws {
        let own = "projects/own-project/subscriptions/jit-cleanup"
        try await onStage(["PUBSUB_SUBSCRIPTION_PATH": own]) { stage async throws in
            let message = OutgoingMessage(data: Array("{}".utf8))
            let other = try await stage.push(message, subscription: "projects/own-project/subscriptions/other")
            #expect(other.status == 403)
            #expect(stage.log.lines(of: "push.foreign-subscription").count == 1)
            #expect(try await stage.push(body: Array(#"{"message":{"data":"e30="}}"#.utf8)).status == 403)
            #expect(try await stage.push(message, subscription: own).status == 204)
        }
    }

    @Test(
        arguments: [
            ("/", 404, nil), ("/push/", 404, nil), ("//push", 404, nil), ("/Push", 404, nil), ("/push%00", 404, nil),
            ("/push;x", 404, nil), ("/healthz", 404, nil), ("/push", 405, "POST"), ("/push?x=1", 405, "POST"),
        ] as [(String, Int, String?)]
    )
    func `another path is 404, and another method on a known path is 405 with Allow`(
        path: String,
        status: Int,
        allow: String?
    ) async throws {
        try await onStage { stage async throws in
            let answer = try await stage.get(path)
            #expect(answer.status == status)
            #expect(answer.header("allow") == allow)
        }
    }

    @Test func `health is answered without a call to anywhere`() async throws {
        try await onStage { stage async throws in
            #expect(try await stage.get("/health").status == 200)
            #expect(try await stage.post([], headers: [], path: "/health").status == 405)
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }
}
