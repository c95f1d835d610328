import Glibc
import HTTPTransport
import LocalCloud
import LosslessJSON
import Subprocess
import SystemPackage
import Testing
import Timestamps

@testable import Service

private let ended = activation()
private let policy = LocalPolicy.policy(ended.bindings)

@Suite("Answers with credentials from a file")
struct CredentialAnswerTests {
    @Test func `a service with credentials that cannot be used does not start, and says where they are`() async throws {
        let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")
        let result = try await run(
            .path(program),
            arguments: ["serve"],
            environment: .custom([
                "PUSH_AUDIENCE": "a", "PUSH_SERVICE_ACCOUNT": "a@b.c", "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1",
                "GOOGLE_APPLICATION_CREDENTIALS": "/none/key.json",
            ]),
            output: .string(limit: 10_000),
            error: .string(limit: 10_000)
        )
        #expect(result.terminationStatus == .exited(64))
        #expect(
            result.standardError == """
                jitcleanup cannot start: its Google Cloud credentials cannot be used
                  GOOGLE_OAUTH_ACCESS_TOKEN: not set
                  GOOGLE_APPLICATION_CREDENTIALS (/none/key.json): no such file

                """
        )
    }

    @Test func `a key that was deleted is answered with 503, and the log says why without the assertion`() async throws
    {
        try await withFile(.serviceAccount) { stage async throws in
            stage.cloud.tokens.deleteKey()
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.calls == (0, 0))
            #expect(stage.log.text.contains("invalid_grant: Invalid JWT Signature. (is the key deleted or disabled"))
            #expect(!stage.log.text.contains("eyJ"))
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `a user whose permission was taken back is told how to renew it`() async throws {
        try await withFile(.user) { stage async throws in
            stage.cloud.tokens.revokeUser()
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.log.text.contains("run gcloud auth application-default login"))
            #expect(!stage.log.text.contains(LocalTokenService.clientSecret))
        }
    }

    @Test func `a given token that Google refuses is named in the log`() async throws {
        try await onStage(["GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.stale"], policy: policy) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.log.text.contains("GOOGLE_OAUTH_ACCESS_TOKEN: Google refused it"))
            #expect(!stage.log.text.contains("ya29"))
            #expect(stage.cloud.requests.count(.accessToken) == 0)
        }
    }

    @Test(arguments: CredentialKind.allCases)
    func `each kind of file opens Resource Manager`(kind: CredentialKind) async throws {
        try await withFile(kind) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
            let counts: [Endpoint] = [.oauthToken, .securityToken, .generateAccessToken, .accessToken]
            #expect(counts.map { stage.cloud.requests.count($0) } == Self.calls[kind])
            let name = try #require(stage.log.field("credentials", of: "service.listening"))
            #expect(name.hasPrefix("GOOGLE_APPLICATION_CREDENTIALS ("))
        }
    }

    /// How often each kind asks OAuth, the Security Token Service, IAM Service Account Credentials and the metadata
    /// server for a token.
    private static let calls: [CredentialKind: [Int]] = [
        .serviceAccount: [1, 0, 0, 0], .user: [1, 0, 0, 0], .impersonatedServiceAccount: [1, 0, 1, 0],
        .workloadIdentity: [0, 1, 1, 0],
    ]
}

/// Runs a test with a service that finds a credential file of the cloud's.
private func withFile(_ kind: CredentialKind, _ body: @Sendable (Stage) async throws -> Void) async throws {
    var template = Array("/tmp/jitcleanup-credentials-XXXXXX".utf8CString)
    // mkdtemp changes the array in place, and the array outlives the call.
    try #require(unsafe mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["key.json", "subject-token"] { _ = unsafe unlink("\(folder)/\(name)") }
        _ = unsafe rmdir(folder)
    }
    try await onStage(
        ["GOOGLE_APPLICATION_CREDENTIALS": "\(folder)/key.json"],
        policy: policy,
        prepare: { cloud in
            try write("\(folder)/subject-token", Array(cloud.tokens.subjectToken.utf8))
            try write(
                "\(folder)/key.json",
                try cloud.credentialFile(kind, subjectTokenFile: "\(folder)/subject-token")
            )
        },
        body
    )
}

private func write(_ path: String, _ bytes: [UInt8]) throws {
    let file = try FileDescriptor.open(
        FilePath(path),
        .writeOnly,
        options: [.create, .truncate],
        permissions: [.ownerReadWrite]
    )
    try file.closeAfter { _ = try file.writeAll(bytes) }
}
