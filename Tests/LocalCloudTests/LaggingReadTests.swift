import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct LaggingReadTests {
    private static let begin = Instant(seconds: 1_700_000_000)

    /// A project that had one role at first, another 10 seconds later, and one more after 20.
    private static func withThreeStates(
        _ body: (LocalResourceManager, Client, _ etags: [String]) async throws -> Void
    ) async throws {
        let time = ManualTime(begin)
        try await withCloud(time: time.source) { cloud, client async throws in
            let manager = cloud.resourceManager
            try manager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            var etags = [try #require(manager.etag("p"))]
            for number in 1...2 {
                time.advance(.seconds(10))
                try add(number, to: "p", of: manager)
                etags.append(try #require(manager.etag("p")))
            }
            try await body(manager, client, etags)
        }
    }

    private static func add(_ number: Int, to project: String, of manager: LocalResourceManager) throws {
        try manager.edit(project) {
            LocalPolicy.adding(LocalPolicy.binding("roles/x\(number)", ["user:b@x.org"]), to: $0)
        }
    }

    private static func seen(_ client: Client, _ project: String = "p") async throws -> [String] {
        try await client.read(project).root["bindings"]?.elements?.compactMap { $0["role"]?.string } ?? []
    }

    @Test func `a write of what a lagging read has shown is a conflict`() async throws {
        try await Self.withThreeStates { manager, client, etags async throws in
            manager.serveReads(1, of: "p", asOf: Self.begin.adding(seconds: 15))
            let stale = try await client.read("p")
            #expect(stale.root["etag"]?.string == etags[1])
            #expect(try await client.write("p", text(stale.bytes)).status == 409)
            #expect(manager.etag("p") == etags[2] && manager.conflicts == 1)
            #expect(try await client.write("p", text(try await client.read("p").bytes)).status == 200)
        }
    }

    @Test func `a read that lags needs the permission of now, and is not used up without it`() async throws {
        try await Self.withThreeStates { manager, client, etags async throws in
            manager.serveReads(1, of: "p", asOf: Self.begin)
            manager.setDenied(true, .getIamPolicy, on: "p")
            #expect(try await client.call("/v3/projects/p:getIamPolicy").status == 403)
            manager.setDenied(false, .getIamPolicy, on: "p")
            #expect(try await Self.seen(client) == ["roles/viewer"])
            manager.serveReads(1, of: "p", asOf: Self.begin)
            manager.deleteProject("p")
            #expect(try await client.call("/v3/projects/p:getIamPolicy").status == 403)
        }
    }

    @Test(arguments: [(-3600, 0), (0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (3600, 2)])
    func `a lagging read shows the policy and etag as they stood, a change of that very instant included`(
        seconds: Int64,
        state: Int
    ) async throws {
        try await Self.withThreeStates { manager, client, etags async throws in
            manager.serveReads(1, of: "p", asOf: Self.begin.adding(seconds: seconds))
            let read = try await client.read("p").root
            #expect(read["etag"]?.string == etags[state])
            #expect(read["bindings"]?.elements?.count == state + 1)
        }
    }

    @Test func `as many reads of that project lag as were asked for, and no others`() async throws {
        try await Self.withThreeStates { manager, client, _ async throws in
            try manager.setPolicy("q", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            try Self.add(1, to: "q", of: manager)
            manager.serveReads(2, of: "p", asOf: Self.begin)
            #expect(try await Self.seen(client, "q").count == 2)
            var counts: [Int] = []
            for _ in 0..<3 { counts.append(try await Self.seen(client).count) }
            #expect(counts == [1, 1, 3])
            manager.serveReads(2, of: "p", asOf: Self.begin)
            manager.serveReads(0, of: "p", asOf: Self.begin)
            #expect(try await Self.seen(client).count == 3)
        }
    }

    @Test func `a lagging read of version 1 has no conditions either`() async throws {
        try await withCloud { cloud, client async throws in
            let manager = cloud.resourceManager
            try manager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.conditional)]}"#.utf8))
            try manager.edit("p") { _ in Array("{}".utf8) }
            manager.serveReads(1, of: "p", asOf: Self.begin)
            let read = try json(try await client.call("/v3/projects/p:getIamPolicy")).root
            let binding = try #require(read["bindings"]?.elements?.first)
            #expect(read["version"]?.integer == 1 && binding["condition"] == nil)
            #expect(binding["role"]?.string?.hasPrefix("roles/compute.viewer_withcond_") == true)
        }
    }

    @Test func `no read goes back to before a project was made anew`() async throws {
        try await Self.withThreeStates { manager, client, _ async throws in
            try manager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.conditional)]}"#.utf8))
            manager.serveReads(1, of: "p", asOf: Self.begin)
            #expect(try await Self.seen(client) == ["roles/compute.viewer"])
            try Self.add(3, to: "p", of: manager)
            manager.serveReads(1, of: "p", asOf: Self.begin)
            #expect(try await Self.seen(client) == ["roles/compute.viewer"])
        }
    }

    @Test func `what the history no longer knows is shown as the oldest that it does`() async throws {
        let time = ManualTime(Self.begin)
        try await withCloud(time: time.source) { cloud, client async throws in
            let manager = cloud.resourceManager
            try manager.setPolicy("p", Array("{}".utf8))
            for number in 0...LocalResourceManager.maximumHistory {
                time.advance(.seconds(1))
                try manager.edit("p") { _ in
                    LocalPolicy.policy([LocalPolicy.binding("roles/x\(number)", ["user:b@x.org"])])
                }
            }
            #expect(manager.history("p").count == LocalResourceManager.maximumHistory / 2 + 1)
            manager.serveReads(1, of: "p", asOf: Self.begin)
            #expect(try await Self.seen(client) == ["roles/x\(LocalResourceManager.maximumHistory / 2 - 1)"])
        }
    }
}
