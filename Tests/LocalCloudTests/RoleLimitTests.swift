import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing

@Suite struct RoleLimitTests {
    private static let mine = binding("roles/mine", ["user:a@example.com"], "x == 1")
    private static let foreign = binding("roles/foreign", ["user:a@example.com", "user:b@example.com"], "x == 1")
    private static let stored = [mine, foreign]

    private static func binding(_ role: String, _ members: [String], _ expression: String? = nil) -> String {
        let condition = expression.map { LocalPolicy.condition("t", $0) }
        return text(LocalPolicy.binding(role, members, condition: condition).bytes())
    }

    private static func policy(_ bindings: [String], etag: String?) -> String {
        let etag = etag.map { #""etag":"\#($0)","# } ?? ""
        return #"{"version":3,\#(etag)"bindings":[\#(bindings.joined(separator: ","))]}"#
    }

    /// A project whose caller may change the grants of these roles only.
    private static func withLimit(
        _ roles: Set<String> = ["roles/mine"],
        _ body: (LocalResourceManager, Client, _ etag: String) async throws -> Void
    ) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(policy(stored, etag: nil).utf8))
            cloud.resourceManager.setModifiableRoles(roles, of: "p")
            try await body(cloud.resourceManager, client, try #require(cloud.resourceManager.etag("p")))
        }
    }

    private static func expectRefusal(_ answer: TransportResponse) throws {
        #expect(answer.status == 403)
        let error = try #require(try json(answer).root["error"])
        #expect(error["code"]?.integer == 403 && error["status"]?.string == "PERMISSION_DENIED")
        #expect(error["message"]?.string == "The caller does not have permission")
        #expect(error["details"] == nil)
    }

    /// Policies that grant `roles/foreign` otherwise than it is.
    static let refused: [(name: String, bindings: [String])] = [
        ("the role is gone", [mine]),
        ("a member is gone", [mine, binding("roles/foreign", ["user:a@example.com"], "x == 1")]),
        (
            "a member is new",
            [mine, foreign, binding("roles/foreign", ["user:c@example.com"], "x == 1")]
        ),
        (
            "a member's capitals are others",
            [mine, binding("roles/foreign", ["user:A@example.com", "user:b@example.com"], "x == 1")]
        ),
        (
            "the condition is another",
            [mine, binding("roles/foreign", ["user:a@example.com", "user:b@example.com"], "x == 2")]
        ),
        (
            "the condition is gone",
            [mine, binding("roles/foreign", ["user:a@example.com", "user:b@example.com"])]
        ),
        (
            "the condition has a description now",
            [mine, foreign.replacing("\"title\"", with: "\"description\":\"d\",\"title\"")]
        ),
        ("another role is new", [mine, foreign, binding("roles/third", ["user:a@example.com"])]),
        ("a role that may be changed is changed beside it", [binding("roles/foreign", ["user:a@example.com"])]),
        ("everything is gone", []),
    ]

    @Test(arguments: refused)
    func `a write that changes the grants of another role is refused as a whole`(name: String, bindings: [String])
        async throws
    {
        try await Self.withLimit { manager, client, etag async throws in
            try Self.expectRefusal(try await client.write("p", Self.policy(bindings, etag: etag)))
            #expect(manager.etag("p") == etag && manager.history("p").isEmpty, "\(name)")
        }
    }

    @Test func `a blind overwrite is no way around the limit, nor is an old etag or a policy that is not valid`()
        async throws
    {
        try await Self.withLimit { manager, client, etag async throws in
            try Self.expectRefusal(try await client.write("p", Self.policy([Self.mine], etag: nil)))
            try Self.expectRefusal(try await client.write("p", Self.policy([Self.mine], etag: "AAAA")))
            try Self.expectRefusal(try await client.write("p", Self.policy([#"{"role":"roles/mine"}"#], etag: etag)))
            try Self.expectRefusal(try await client.write("p", #"{"version":2,"bindings":5}"#))
            #expect(manager.etag("p") == etag && manager.blindOverwrites == 0 && manager.conflicts == 0)
        }
    }

    @Test func `without the permission itself, that is what the answer names`() async throws {
        try await Self.withLimit { manager, client, etag async throws in
            manager.setDenied(true, .setIamPolicy, on: "p")
            let answer = try await client.write("p", Self.policy([Self.mine], etag: etag))
            #expect(answer.status == 403)
            let info = try json(answer).root["error"]?["details"]?.elements?.first
            #expect(info?["metadata"]?["permission"]?.string == "resourcemanager.projects.setIamPolicy")
        }
    }

    @Test func `with no role at all in the limit, only a write that changes nothing is taken`() async throws {
        try await Self.withLimit([]) { manager, client, etag async throws in
            try Self.expectRefusal(try await client.write("p", Self.policy([Self.foreign], etag: etag)))
            #expect(try await client.write("p", Self.policy(Self.stored, etag: etag)).status == 200)
        }
    }

    @Test func `a change within the limit still needs the etag of now and a policy that is valid`() async throws {
        try await Self.withLimit { manager, client, etag async throws in
            #expect(try await client.write("p", Self.policy([Self.foreign], etag: "AAAA")).status == 409)
            let bad = Self.policy([Self.foreign, #"{"role":"roles/mine","members":["a"]}"#], etag: etag)
            #expect(try await client.write("p", bad).status == 400)
            #expect(manager.conflicts == 1 && manager.etag("p") == etag)
        }
    }

    /// Policies that grant `roles/foreign` as it is.
    static let taken: [(name: String, bindings: [String])] = [
        ("my role is gone", [foreign]),
        ("my role is granted to more", [mine, foreign, binding("roles/mine", ["user:z@example.com"])]),
        (
            "the other role's members stand in bindings of their own, in another order",
            [
                binding("roles/foreign", ["user:b@example.com"], "x == 1"),
                binding("roles/foreign", ["user:a@example.com"], "x == 1"),
            ]
        ),
        ("it stands there twice", [foreign, foreign]),
        (
            "it is spelt otherwise",
            [foreign.replacing(":{", with: ": {\"description\":\"\", ").replacing("\"role\"", with: "\"r\\u006fle\"")]
        ),
    ]

    @Test(arguments: taken)
    func `a write that leaves the grants of other roles as they are is taken`(name: String, bindings: [String])
        async throws
    {
        try await Self.withLimit { _, client, etag async throws in
            #expect(try await client.write("p", Self.policy(bindings, etag: etag)).status == 200, "\(name)")
        }
    }

    @Test func `the limit is one project's and the caller's, and can be lifted`() async throws {
        try await Self.withLimit { manager, client, _ async throws in
            try manager.setPolicy("q", Array(Self.policy(Self.stored, etag: nil).utf8))
            let other = try #require(manager.etag("q"))
            #expect(try await client.write("q", Self.policy([Self.mine], etag: other)).status == 200)
            try manager.edit("p") { _ in Array(Self.policy([Self.foreign], etag: nil).utf8) }
            #expect(try await client.read("p").root["bindings"]?.elements?.count == 1)
            manager.setModifiableRoles(nil, of: "p")
            let etag = try #require(manager.etag("p"))
            #expect(try await client.write("p", Self.policy([], etag: etag)).status == 200)
        }
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
