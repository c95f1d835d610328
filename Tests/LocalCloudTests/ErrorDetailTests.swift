import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing

@Suite struct ErrorDetailTests {
    /// Details as Google sends them, each as its own text.
    static let details = [
        #"{"@type":"type.googleapis.com/google.rpc.PreconditionFailure","violations":[{"type":"T","subject":"s"}]}"#,
        #"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":"s","description":"d"}]}"#,
        #"{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"m\u0027"}"#,
        #"{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"d","url":"https://x.example/"}]}"#,
        #"{"@type":"type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError","#
            + #""type":"SOLO_MUST_INVITE_OWNERS","member":"user:a@example.com","role":"roles/owner"}"#,
    ]

    @Test(arguments: details)
    func `a scripted error has its further detail after the ErrorInfo, byte for byte`(detail: String) async throws {
        try await withCloud { cloud, client async throws in
            let error = GoogleError.permissionDenied("a.b.c", project: "p").adding(.raw(Array(detail.utf8)))
            cloud.faults.inject(.error(error), at: .setIamPolicy)
            let answer = try await client.write("p", "{}")
            #expect(answer.status == 403)
            let details = try #require(try json(answer).root["error"]?["details"]?.elements)
            #expect(details.count == 2)
            #expect(details[0]["reason"]?.string == "IAM_PERMISSION_DENIED")
            #expect(text(details[1].rawBytes) == detail)
        }
    }

    @Test func `an error of one's own has any status, and only the details it was given`() async throws {
        try await withCloud { cloud, client async throws in
            let bare = GoogleError(status: 412, code: "FAILED_PRECONDITION", message: "No.")
            cloud.faults.inject(.error(bare), at: .setIamPolicy)
            cloud.faults.inject(
                .error(bare.adding(["@type": "a", "n": .integer(1)]).adding(["@type": "b"], ["@type": "c"])),
                at: .setIamPolicy
            )
            let first = try await client.write("p", "{}")
            #expect(first.status == 412)
            let error = try #require(try json(first).root["error"])
            #expect(error["status"]?.string == "FAILED_PRECONDITION" && error["message"]?.string == "No.")
            #expect(error["details"] == nil)
            let second = try json(try await client.write("p", "{}")).root["error"]?["details"]?.elements
            #expect(second?.map { $0["@type"]?.string } == ["a", "b", "c"])
        }
    }
}
