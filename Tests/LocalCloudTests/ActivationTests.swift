import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// What JIT Access does to the policy, and when it publishes.
@Suite struct ActivationTests {
    private static let begin = Instant(seconds: 1_701_209_624)

    private static func activation(_ roles: String..., from start: Int64 = 0, to end: Int64) -> LocalActivation {
        LocalActivation(
            user: "alice@example.com",
            roles: roles,
            project: "p",
            start: begin.adding(seconds: start),
            end: begin.adding(seconds: end)
        )
    }

    /// A project with one binding that is not JIT Access's, and a topic.
    private static func withProject(_ body: (LocalCloud, Client, ManualTime) async throws -> Void) async throws {
        let time = ManualTime(begin)
        try await withCloud(time: time.source) { cloud, client async throws in
            try cloud.resourceManager.setPolicy(
                "p",
                LocalPolicy.policy([LocalPolicy.binding("roles/viewer", ["user:alice@example.com"])])
            )
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            try await body(cloud, client, time)
        }
    }

    private static func roles(_ policy: JSONDocument?) -> [String] {
        policy?.root["bindings"]?.elements?.compactMap { $0["role"]?.string } ?? []
    }

    @Test func `without a topic the bindings are there and the caller gets an error`() async throws {
        try await withCloud { cloud, _ async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            #expect(throws: GoogleError.self) {
                try cloud.activate(Self.activation("roles/a", to: 600), .selfApproved, topic: "none")
            }
            #expect(Self.roles(cloud.resourceManager.policy("p")) == ["roles/a"])
        }
    }

    @Test func `an activation that is cancelled between two writes leaves the first role without a message`()
        async throws
    {
        try await Self.withProject { cloud, _, _ async throws in
            let activation = Self.activation("roles/a", "roles/b", to: 600)
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await cloud.activate(activation, .selfApproved, pausing: .seconds(1))
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(Self.roles(cloud.resourceManager.policy("p")) == ["roles/viewer", "roles/a"])
            #expect(cloud.pubSub.published(cloud.topicName("jit-access")).isEmpty)
        }
    }

    @Test func `an activation replaces the older binding of the same role and user, and is published`() async throws {
        try await withCloud { cloud, _ async throws in
            let bindings = [
                LocalPolicy.eligible("roles/compute.viewer", ["user:alice@example.com"]),
                LocalPolicy.binding("roles/compute.viewer", ["user:alice@example.com"]),
            ]
            try cloud.resourceManager.setPolicy("p", LocalPolicy.policy(bindings))
            cloud.pubSub.createTopic(cloud.topicName("jit-access"))
            _ = try cloud.activate(Self.activation("roles/compute.viewer", to: 600), .selfApproved)
            let id = try cloud.activate(Self.activation("roles/compute.viewer", to: 10_000), .selfApproved)
            let after = try #require(cloud.resourceManager.policy("p")).root["bindings"]?.elements ?? []
            #expect(after.count == 3)
            #expect(after.last?["condition"]?["expression"]?.string?.contains("2023-11-29T01:00:24Z") == true)
            #expect(cloud.pubSub.published(cloud.topicName("jit-access")).last?.id == id)
        }
    }

    @Test func `each role is a change of its own in the history`() async throws {
        try await Self.withProject { cloud, _, _ async throws in
            let first = try #require(cloud.resourceManager.etag("p"))
            _ = try cloud.activate(Self.activation("roles/a", "roles/b", to: 600), .selfApproved)
            let history = cloud.resourceManager.history("p")
            #expect(history.map(\.author) == [.competitor, .competitor])
            let after = try history.map { Self.roles(try json($0.after)) }
            #expect(after == [["roles/viewer", "roles/a"], ["roles/viewer", "roles/a", "roles/b"]])
            #expect(history[0].etagBefore == first && history[0].etagAfter == history[1].etagBefore)
            #expect(history[1].etagAfter == cloud.resourceManager.etag("p"))
        }
    }

    @Test func `a lagging read can show the first of an activation's roles and not the second`() async throws {
        try await Self.withProject { cloud, client, time async throws in
            let activation = Self.activation("roles/a", "roles/b", to: 600)
            _ = try await cloud.activate(activation, .selfApproved, pausing: .seconds(2))
            let history = cloud.resourceManager.history("p")
            #expect(history.map(\.time) == [Self.begin, Self.begin.adding(seconds: 2)])
            #expect(time.now == Self.begin.adding(seconds: 4))
            cloud.resourceManager.serveReads(1, of: "p", asOf: Self.begin.adding(seconds: 1))
            let read = try await client.read("p")
            #expect(Self.roles(read) == ["roles/viewer", "roles/a"])
            #expect(read.root["etag"]?.string == history[0].etagAfter)
            cloud.resourceManager.serveReads(1, of: "p", asOf: Self.begin.adding(seconds: -1))
            #expect(Self.roles(try await client.read("p")) == ["roles/viewer"])
            #expect(Self.roles(try await client.read("p")) == ["roles/viewer", "roles/a", "roles/b"])
            let message = try #require(cloud.pubSub.published(cloud.topicName("jit-access")).first)
            #expect(try json(message.content.data).root["attributes"]?["role"]?.string == "roles/a, roles/b")
        }
    }

    @Test func `an approval after the end writes a binding that is dead, and publishes the times of the request`()
        async throws
    {
        try await Self.withProject { cloud, client, time async throws in
            // Asked for 5 minutes, approved after 20: a request is good for an hour.
            time.advance(.seconds(1200))
            var activation = Self.activation("roles/a", to: 300)
            activation.approver = "bob@example.com"
            activation.reviewers = ["bob@example.com"]
            let id = try cloud.activate(activation, .approved)
            let written = try #require(try await client.read("p").root["bindings"]?.elements?.last?["condition"])
            #expect(written["description"]?.string?.hasPrefix("Approved by bob@example.com") == true)
            #expect(
                written["expression"]?.string
                    == #"(request.time >= timestamp("2023-11-28T22:13:44Z") && "#
                    + #"request.time < timestamp("2023-11-28T22:18:44Z"))"#
            )
            #expect(cloud.resourceManager.history("p").map(\.time) == [Self.begin.adding(seconds: 1200)])
            let message = try #require(cloud.pubSub.published(cloud.topicName("jit-access")).first)
            #expect(message.id == id)
            let attributes = try json(message.content.data).root["attributes"]
            #expect(attributes?["start_time"]?.string == "2023-11-28T22:13:44Z")
            #expect(attributes?["end_time"]?.string == "2023-11-28T22:18:44Z")
        }
    }
}
