import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

/// Publishes to a server that answers so, and returns the error.
private func failure(_ reply: ScriptedServer.Reply) async throws -> PublishError? {
    var result: PublishError?
    try await withCloud({ _ in reply }) { server, transport in
        let publisher = TopicPublisher(baseURL: server.url, transport: transport, tokens: CountingTokens())
        let topic = try #require(TopicPath("projects/my-project/topics/topic"))
        do throws(PublishError) {
            _ = try await publisher.publish(topic: topic, data: [1], attributes: [:], within: .seconds(30))
            Issue.record("no error")
        } catch {
            result = error
        }
    }
    return result
}

@Suite struct TopicPublisherTests {
    @Test(arguments: [
        (
            googleError(404, "NOT_FOUND", "Resource not found"),
            PublishError.refused(status: 404, detail: "Resource not found")
        ),
        (googleError(403, "PERMISSION_DENIED", "no"), .refused(status: 403, detail: "no")),
        (
            googleError(403, "PERMISSION_DENIED", "quota", reason: "RATE_LIMIT_EXCEEDED"),
            .unavailable("quota [reason RATE_LIMIT_EXCEEDED, domain googleapis.com]")
        ),
        (googleError(400, "INVALID_ARGUMENT", "bad"), .refused(status: 400, detail: "bad")),
        (googleError(429, "RESOURCE_EXHAUSTED", "quota"), .unavailable("quota")),
        (.answer(503, body: "<html>"), .unavailable("HTTP 503 without a readable error")),
        (googleError(401, "UNAUTHENTICATED", "stale"), .credentials("stale")),
        (.answer(200, body: "{}"), .unavailable("answer without a message ID")),
        (.answer(200, body: #"{"messageIds":[]}"#), .unavailable("answer without a message ID")),
        (.answer(200, body: "<html>"), .unavailable("answer without a message ID")),
        (.answer(302), .refused(status: 302, detail: "HTTP 302 without a readable error")),
        // A proxy's echo of the request must not bring the token into a log.
        (
            googleError(403, "PERMISSION_DENIED", "refused: Bearer token-1"),
            .refused(status: 403, detail: "HTTP 403 without a readable error")
        ),
        (googleError(401, "UNAUTHENTICATED", "token-2"), .credentials("HTTP 401 without a readable error")),
    ])
    func `an answer that is no message ID is an error`(
        reply: ScriptedServer.Reply,
        expected: PublishError
    ) async throws {
        #expect(try await failure(reply) == expected)
    }

    @Test func `a message that Pub/Sub would refuse is not sent`() async throws {
        try await withCloud({ _ in .answer(200, body: #"{"messageIds":["1"]}"#) }) { server, transport in
            let publisher = TopicPublisher(baseURL: server.url, transport: transport, tokens: nil)
            let topic = try #require(TopicPath("projects/my-project/topics/topic"))
            let tooMany = Dictionary(uniqueKeysWithValues: (0...100).map { ("a\($0)", "") })
            let longKey = String(repeating: "k", count: TopicPublisher.maximumKeyBytes)
            let longValue = String(repeating: "v", count: TopicPublisher.maximumValueBytes)
            let messages: [(data: [UInt8], attributes: [String: String], isTaken: Bool)] = [
                ([], [:], false), ([1], ["": "x"], false), ([1], ["googx": "x"], false), ([1], tooMany, false),
                ([1], tooMany.filter { $0.key != "a0" }, true), ([1], [longKey + "k": ""], false),
                ([1], [longKey: longValue], true), ([1], ["k": longValue + "v"], false),
                ([UInt8](repeating: 0, count: TopicPublisher.maximumDataBytes + 1), [:], false),
            ]
            for (data, attributes, isTaken) in messages {
                if isTaken {
                    _ = try await publisher.publish(
                        topic: topic,
                        data: data,
                        attributes: attributes,
                        within: .seconds(30)
                    )
                } else {
                    await #expect(throws: PublishError.invalidMessage) {
                        try await publisher.publish(
                            topic: topic,
                            data: data,
                            attributes: attributes,
                            within: .seconds(30)
                        )
                    }
                }
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a message is published in base 64 with its attributes escaped`() async throws {
        try await withCloud({ _ in .answer(200, body: #"{"messageIds":["17"]}"#) }) { server, transport in
            let publisher = TopicPublisher(baseURL: server.url, transport: transport, tokens: CountingTokens())
            let topic = try #require(TopicPath("projects/my-project/topics/a%b"))
            let id = try await publisher.publish(
                topic: topic,
                data: [0xFB, 0xFF, 0],
                attributes: ["origin": "jit-cleanup", "b": "\"\n"],
                within: .seconds(30)
            )
            #expect(id == "17")
            let onlyAttributes = try await publisher.publish(
                topic: topic,
                data: [],
                attributes: ["a": "b"],
                within: .seconds(30)
            )
            #expect(onlyAttributes == "17")
            let request = server.requests[0]
            #expect(request.target == "/v1/projects/my-project/topics/a%25b:publish")
            #expect(
                request.text
                    == #"{"messages":[{"data":"+/8A","attributes":{"b":"\"\n","origin":"jit-cleanup"}}]}"#
            )
            #expect(request.header("authorization") == "Bearer token-1")
            #expect(server.requests[1].text == #"{"messages":[{"attributes":{"a":"b"}}]}"#)
        }
    }

    @Test func `an emulator gets no token`() async throws {
        try await withCloud({ _ in .answer(200, body: #"{"messageIds":["1"]}"#) }) { server, transport in
            let publisher = TopicPublisher(baseURL: server.url, transport: transport, tokens: nil)
            let topic = try #require(TopicPath("projects/my-project/topics/topic"))
            _ = try await publisher.publish(topic: topic, data: [1], attributes: [:], within: .seconds(30))
            #expect(server.requests[0].header("authorization") == nil)
        }
    }
}
