import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct PolicyVersionTests {
    private let policy = Array(
        #"{"bindings":[\#(ResourceManagerTests.conditional),\#(ResourceManagerTests.plain)]}"#.utf8
    )

    @Test(arguments: ["", "{}", #"{"options":{}}"#, #"{"options":{"requestedPolicyVersion":1}}"#])
    func `a read that does not ask for version 3 sees a role that nobody can grant`(body: String) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", policy)
            let answer = try json(try await client.call("/v3/projects/p:getIamPolicy", body)).root
            #expect(answer["version"]?.integer == 1)
            let binding = try #require(answer["bindings"]?.elements?.first)
            #expect(binding["role"]?.string?.hasPrefix("roles/compute.viewer_withcond_") == true)
            #expect(binding["role"]?.string?.utf8.count == "roles/compute.viewer_withcond_".utf8.count + 20)
            #expect(binding["condition"] == nil && binding["members"]?.elements?.count == 1)
            #expect(answer["bindings"]?.elements?.last?["role"]?.string == "roles/viewer")
        }
    }

    @Test(arguments: [2, 4, -1])
    func `a read that asks for another version is refused`(version: Int) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", policy)
            let body = #"{"options":{"requestedPolicyVersion":\#(version)}}"#
            #expect(try await client.call("/v3/projects/p:getIamPolicy", body).status == 400)
        }
    }

    @Test(arguments: [#""version":1,"#, #""version":0,"#, ""])
    func `conditions cannot be written without version 3`(version: String) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", policy)
            let etag = try #require(cloud.resourceManager.etag("p"))
            let conditional = "{\(version)\"etag\":\"\(etag)\",\"bindings\":[\(ResourceManagerTests.conditional)]}"
            #expect(try await client.write("p", conditional).status == 400)
            let plain = "{\(version)\"etag\":\"\(etag)\",\"bindings\":[\(ResourceManagerTests.plain)]}"
            #expect(try await client.write("p", plain).status == 400, "the policy in place has conditions")
            #expect(cloud.resourceManager.etag("p") == etag)
        }
    }

    @Test func `a read of version 3 has everything, byte for byte`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", policy)
            let answer = try await client.read("p").root
            #expect(answer["version"]?.integer == 3)
            #expect(answer["bindings"]?.elements?.first.map { text($0.rawBytes) } == ResourceManagerTests.conditional)
        }
    }

    @Test func `a policy without conditions is version 1 although 3 was asked for`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy(
                "p",
                Array(#"{"version":3,"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8)
            )
            #expect(try await client.read("p").root["version"]?.integer == 1)
        }
    }
}
