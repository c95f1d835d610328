import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct PublishTests {
    private static let path = "/v1/projects/jit-cleanup-demo/topics/jit-access:publish"

    @Test(arguments: [
        "", "{}", #"{"messages":[]}"#, #"{"messages":[{}]}"#, #"{"messages":[{"data":""}]}"#,
        #"{"messages":[{"data":"*"}]}"#, #"{"messages":[{"data":"A"}]}"#, #"{"messages":[{"data":5}]}"#,
        #"{"messages":[{"attributes":{"a":1}}]}"#, #"{"messages":[{"attributes":{"":"x"}}]}"#,
    ])
    func `what cannot be published is refused`(body: String) async throws {
        try await withCloud { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            let answer = try await client.post(Self.path, body)
            #expect(answer.status == 400)
            #expect(try json(answer).root["error"]?["status"]?.string == "INVALID_ARGUMENT")
            #expect(cloud.pubSub.published(cloud.topicName("jit-access")).isEmpty)
        }
    }

    @Test(arguments: [(100, 256, 1024, 200), (101, 256, 1024, 400), (1, 257, 0, 400), (1, 1, 1025, 400)])
    func `attributes have limits`(count: Int, name: Int, value: Int, status: Int) async throws {
        try await withCloud { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            let attributes: [(name: String, value: JSONText)] = (0..<count).map { position in
                let digits = String(position)
                return (
                    digits + String(repeating: "n", count: name - digits.count),
                    .string(String(repeating: "v", count: value))
                )
            }
            let body = JSONText.object([("messages", [.object([("attributes", .object(attributes))])])])
            #expect(try await client.post(Self.path, text(body.bytes())).status == status)
        }
    }

    @Test(arguments: [(1000, 200), (1001, 400)])
    func `a call has at most 1000 messages`(count: Int, status: Int) async throws {
        try await withCloud { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            let messages = Array(repeating: #"{"data":"QQ=="}"#, count: count).joined(separator: ",")
            #expect(try await client.post(Self.path, #"{"messages":[\#(messages)]}"#).status == status)
        }
    }

    @Test func `a missing topic is not found`() async throws {
        try await withCloud { _, client async throws in
            let answer = try await client.post(Self.path, #"{"messages":[{"data":"QQ=="}]}"#)
            #expect(answer.status == 404)
            let error = try json(answer).root["error"]
            #expect(error?["status"]?.string == "NOT_FOUND")
            #expect(error?["message"]?.string == "Resource not found (resource=jit-access).")
        }
    }

    @Test func `a bad access token is refused, none is taken unless one is needed`() async throws {
        let body = #"{"messages":[{"data":"QQ=="}]}"#
        let bad = [(name: "Authorization", value: "Bearer ya29.bad")]
        try await withCloud { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            #expect(try await client.post(Self.path, body, bad).status == 401)
            #expect(try await client.post(Self.path, body).status == 200)
            #expect(try await client.call(Self.path, body).status == 200)
        }
        try await withCloud({ $0.publishingNeedsToken = true }) { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            #expect(try await client.post(Self.path, body).status == 401)
            #expect(try await client.call(Self.path, body).status == 200)
        }
    }

    @Test func `messages get IDs in order, and both base64 alphabets are read`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            let body =
                #"{"messages":[{"data":"-_8","attributes":{"origin":"x"}},{"data":"+/8="},{"attributes":{"a":"b"}}]}"#
            let answer = try json(try await client.post(Self.path, body)).root
            let ids = try #require(answer["messageIds"]?.elements?.compactMap { $0.string })
            let published = cloud.pubSub.published(cloud.topicName("jit-access"))
            #expect(published.map(\.id) == ids && Set(ids).count == 3)
            #expect(ids.allSatisfy { UInt64($0) != nil })
            #expect(published[0].content.data == [0xFB, 0xFF] && published[1].content.data == [0xFB, 0xFF])
            #expect(published[0].content.attributes == ["origin": "x"] && published[2].content.data.isEmpty)
        }
    }
}
