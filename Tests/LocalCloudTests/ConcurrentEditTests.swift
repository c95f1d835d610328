import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct ConcurrentEditTests {
    @Test func `twenty editors at once leave a serial history and lose nothing`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            let first = try #require(cloud.resourceManager.etag("p"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for editor in 0..<20 {
                    group.addTask { try await Self.edit(editor, client) }
                }
                try await group.waitForAll()
            }
            let history = cloud.resourceManager.history("p")
            #expect(history.count == 20)
            var etag = first
            for write in history {
                #expect(write.etagBefore == etag && write.sentETag == etag)
                etag = write.etagAfter
            }
            for (earlier, later) in zip(history, history.dropFirst()) { #expect(earlier.after == later.before) }
            let roles = try await client.read("p").root["bindings"]?.elements?.compactMap { $0["role"]?.string }
            #expect(Set(roles ?? []).count == 21)
            #expect(Set(history.map(\.etagAfter)).count == 20)
        }
    }

    /// The whole read-modify-write, until it succeeds.
    private static func edit(_ editor: Int, _ client: Client) async throws {
        while true {
            let policy = try await client.read("p")
            let binding = LocalPolicy.binding("roles/editor\(editor)", ["user:e\(editor)@example.com"])
            let answer = try await client.write("p", text(LocalPolicy.adding(binding, to: policy)))
            if answer.status == 200 { return }
            #expect(answer.status == 409)
        }
    }

    @Test func `a hook before the write makes a race certain`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            let manager = cloud.resourceManager
            manager.setBeforeWrite { call in
                guard call.number == 1 else { return }
                try? manager.edit("p") { LocalPolicy.adding(LocalPolicy.binding("roles/x", ["user:b@x.org"]), to: $0) }
            }
            let policy = try await client.read("p")
            #expect(try await client.write("p", text(policy.bytes)).status == 409)
            let again = try await client.read("p")
            #expect(again.root["bindings"]?.elements?.count == 2)
            #expect(try await client.write("p", text(again.bytes)).status == 200)
            #expect(manager.history("p").map(\.author) == [.competitor, .caller])
        }
    }

    @Test func `a hook before the read sees every read`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            let manager = cloud.resourceManager
            manager.setBeforeRead { call in
                try? manager.edit("p") {
                    LocalPolicy.adding(LocalPolicy.binding("roles/x\(call.number)", ["user:b@x.org"]), to: $0)
                }
            }
            #expect(try await client.read("p").root["bindings"]?.elements?.count == 1)
            #expect(try await client.read("p").root["bindings"]?.elements?.count == 2)
        }
    }
}
