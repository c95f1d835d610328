import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct ResourceManagerTests {
    static let conditional = """
        {"role":"roles/compute.viewer","members":["user:a@example.com"],\
        "condition":{"title":"t","expression":"request.time < timestamp(\\"2030-01-01T00:00:00Z\\")","location":"x"}}
        """
    static let plain = #"{"role":"roles/viewer","members":["user:a@example.com"]}"#

    /// Bindings that are refused, and a word of the reason.
    static let refused: [(binding: String, reason: String)] = [
        (#"{"role":"roles/viewer","members":[]}"#, "no members"),
        (#"{"role":"roles/viewer"}"#, "no members"),
        (#"{"members":["user:a@example.com"]}"#, "no role"),
        (#"{"role":"viewer","members":["user:a@example.com"]}"#, "not supported"),
        (#"{"role":"roles/x_withcond_2b17cc25d2cd9e2c54d8","members":["user:a@example.com"]}"#, "not supported"),
        (#"{"role":"roles/x","members":["a@example.com"]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":["person:a@example.com"]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":["user:"]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":[5]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":["deleted:user:a@example.com"]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":["user:a@example.com?uid=1"]}"#, "must be of the form"),
        (#"{"role":"roles/x","members":["allUsers"]}"#, "not supported"),
        (#"{"role":"roles/x","members":["user:a@example.com"],"condition":{"expression":"true"}}"#, "no title"),
        (#"{"role":"roles/x","members":["user:a@example.com"],"condition":{"title":"t"}}"#, "no expression"),
        (
            #"{"role":"roles/owner","members":["user:a@example.com"],"condition":{"title":"t","expression":"true"}}"#,
            "primitive"
        ),
    ]

    @Test(arguments: refused)
    func `a binding that IAM would not take is refused`(binding: String, reason: String) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(Self.plain)]}"#.utf8))
            let etag = try #require(cloud.resourceManager.etag("p"))
            let answer = try await client.write("p", #"{"version":3,"etag":"\#(etag)","bindings":[\#(binding)]}"#)
            #expect(answer.status == 400)
            let error = try json(answer).root["error"]
            #expect(error?["status"]?.string == "INVALID_ARGUMENT")
            #expect(error?["message"]?.string?.contains(reason) == true, "\(text(answer.body))")
            #expect(cloud.resourceManager.etag("p") == etag)
            #expect(cloud.resourceManager.history("p").isEmpty)
        }
    }

    @Test(arguments: [(1500, 200), (1501, 400)])
    func `a policy has at most 1500 principals`(count: Int, status: Int) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            let members = (0..<count).map { "\"user:u\($0)@example.com\"" }.joined(separator: ",")
            let policy = #"{"version":3,"etag":"ACAB","bindings":[{"role":"roles/x","members":[\#(members)]}]}"#
            #expect(try await client.write("p", policy).status == status)
        }
    }

    @Test(arguments: ["", "[]", "{}", #"{"policy":[]}"#, #"{"policy":{}"#, #"{"policy":{"version":2,"etag":"ACAB"}}"#])
    func `a body that is no request is refused`(body: String) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            #expect(try await client.call("/v3/projects/p:setIamPolicy", body).status == 400)
        }
    }

    @Test func `a missing project and a missing permission look alike`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            cloud.resourceManager.setDenied(true, .setIamPolicy, on: "p")
            for (project, permission) in [("p", "setIamPolicy"), ("gone", "setIamPolicy"), ("gone", "getIamPolicy")] {
                let answer = try await client.call(
                    "/v3/projects/\(project):\(permission)",
                    #"{"policy":{"etag":"ACAB"}}"#
                )
                #expect(answer.status == 403)
                let error = try #require(try json(answer).root["error"])
                #expect(error["status"]?.string == "PERMISSION_DENIED")
                #expect(
                    error["message"]?.string
                        == "Permission 'resourcemanager.projects.\(permission)' denied on resource "
                        + "'//cloudresourcemanager.googleapis.com/projects/\(project)' (or it may not exist)."
                )
                let info = try #require(error["details"]?.elements?.first)
                #expect(info["@type"]?.string == "type.googleapis.com/google.rpc.ErrorInfo")
                #expect(info["reason"]?.string == "IAM_PERMISSION_DENIED")
                #expect(info["domain"]?.string == "cloudresourcemanager.googleapis.com")
                #expect(info["metadata"]?["permission"]?.string == "resourcemanager.projects.\(permission)")
                #expect(info["metadata"]?["resource"]?.string == "projects/\(project)")
            }
            #expect(try await client.call("/v3/projects/p:getIamPolicy").status == 200)
            cloud.resourceManager.setDenied(false, .setIamPolicy, on: "p")
            #expect(try await client.write("p", #"{"etag":"ACAB"}"#).status == 200)
            cloud.resourceManager.deleteProject("p")
            #expect(try await client.call("/v3/projects/p:getIamPolicy").status == 403)
        }
    }

    @Test func `a principal that no longer exists makes every write fail`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(Self.plain)]}"#.utf8))
            cloud.resourceManager.setMissingPrincipals(["user:a@example.com"])
            let etag = try #require(cloud.resourceManager.etag("p"))
            let answer = try await client.write("p", #"{"etag":"\#(etag)","bindings":[\#(Self.plain)]}"#)
            #expect(answer.status == 400)
            #expect(text(answer.body).contains("User a@example.com does not exist."))
        }
    }

    @Test func `a write with an etag of before is a conflict and changes nothing`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(Self.plain)]}"#.utf8))
            let policy = try await client.read("p")
            try cloud.resourceManager.edit("p") {
                LocalPolicy.adding(LocalPolicy.binding("roles/x", ["user:b@x.org"]), to: $0)
            }
            let now = try #require(cloud.resourceManager.policy("p")).bytes
            let answer = try await client.write("p", text(policy.bytes))
            #expect(answer.status == 409)
            let error = try #require(try json(answer).root["error"])
            #expect(error["status"]?.string == "ABORTED" && error["code"]?.integer == 409)
            #expect(error["message"]?.string?.hasPrefix("There were concurrent policy changes. Please retry") == true)
            #expect(cloud.resourceManager.policy("p")?.bytes == now)
            #expect(cloud.resourceManager.conflicts == 1)
        }
    }

    @Test func `a write with the etag of now is applied, recorded and gives another etag`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(Self.conditional)]}"#.utf8))
            let etag = try #require(cloud.resourceManager.etag("p"))
            let sent = #"{"version":3,"etag":"\#(etag)","bindings":[\#(Self.plain)],"unknown":18446744073709551617}"#
            let answer = try await client.call(
                "/v3/projects/p:setIamPolicy",
                #"{"policy":\#(sent)}"#,
                [(name: "x-goog-request-reason", value: "expired")]
            )
            #expect(answer.status == 200)
            let after = try json(answer).root
            #expect(after["version"]?.integer == 1)
            #expect(after["unknown"].map { text($0.rawBytes) } == "18446744073709551617")
            #expect(after["bindings"].map { text($0.rawBytes) } == "[\(Self.plain)]")
            let write = try #require(cloud.resourceManager.history("p").first)
            #expect(write.reason == "expired" && text(write.sent) == sent && write.sentETag == etag)
            #expect(write.etagBefore == etag && write.etagAfter == after["etag"]?.string && write.etagAfter != etag)
            #expect(write.author == .caller && write.after == answer.body)
            #expect(
                cloud.requests.count(.setIamPolicy, of: "p") == 1 && cloud.requests.count(.setIamPolicy, of: "q") == 0
            )
        }
    }

    @Test func `a write without an etag overwrites blindly, and is counted`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(Self.conditional)]}"#.utf8))
            let answer = try await client.write("p", #"{"version":1,"bindings":[\#(Self.plain)]}"#)
            #expect(answer.status == 200)
            #expect(cloud.resourceManager.blindOverwrites == 1)
            #expect(cloud.resourceManager.history("p").first?.sentETag == nil)
            #expect(text(cloud.resourceManager.policy("p")?.bytes ?? []).contains("timestamp") == false)
        }
    }

    @Test func `audit settings stay as they are unless the mask names them`() async throws {
        try await withCloud { cloud, client async throws in
            let audits = #"[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ"}]}]"#
            let stored = #"{"bindings":[\#(Self.plain)],"auditConfigs":\#(audits)}"#
            try cloud.resourceManager.setPolicy("p", Array(stored.utf8))
            let etag = try #require(cloud.resourceManager.etag("p"))
            let first = try json(try await client.write("p", #"{"etag":"\#(etag)","bindings":[]}"#)).root
            #expect(first["auditConfigs"].map { text($0.rawBytes) } == audits)
            let next = try #require(cloud.resourceManager.etag("p"))
            let body = #"{"policy":{"etag":"\#(next)"},"updateMask":"bindings,etag,auditConfigs"}"#
            #expect(try await client.call("/v3/projects/p:setIamPolicy", body).status == 200)
        }
    }

    @Test func `an empty policy has the etag ACAB`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            #expect(text(try await client.read("p").bytes) == #"{"version":1,"etag":"ACAB"}"#)
        }
    }
}
