import FoundationEssentials
import HTTPTransport
import LosslessJSON
import Synchronization
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

/// Files that exist only in a test.
final class MemoryFiles: Sendable {
    private let contents: Mutex<[String: Result<[UInt8], CredentialFileFault>]>

    init(_ texts: [String: String] = [:]) {
        contents = Mutex(texts.mapValues { .success(Array($0.utf8)) })
    }

    func write(_ path: String, _ text: String) {
        contents.withLock { $0[path] = .success(Array(text.utf8)) }
    }

    func fail(_ path: String, _ fault: CredentialFileFault) {
        contents.withLock { $0[path] = .failure(fault) }
    }

    var reader: CredentialFiles {
        CredentialFiles { path in self.contents.withLock { $0[path] ?? .failure(.missing) } }
    }
}

/// Credential files as Google's tools write them, with endpoints on this machine.
enum Sample {
    static let refreshToken = "1//0g-refresh-token-secret"
    static let clientSecret = "GOCSPX-client-secret"
    static let account = "sweeper@my-project.iam.gserviceaccount.com"
    static let target = "target@my-project.iam.gserviceaccount.com"
    static let audience =
        "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/provider"

    /// An object whose fields are JSON; nil leaves a field out.
    static func object(_ fields: [String: String], _ changes: [String: String?] = [:]) -> String {
        let merged = fields.merging(changes.compactMapValues { $0 }) { $1 }.filter { name, _ in
            changes[name] != .some(nil)
        }
        return "{" + merged.sorted { $0.key < $1.key }.map { "\(text($0.key)):\($0.value)" }.joined(separator: ",")
            + "}"
    }

    static func text(_ text: String) -> String { String(decoding: JSONEscapes.quoted(text), as: UTF8.self) }

    static func serviceAccount(_ url: String, _ changes: [String: String?] = [:]) throws -> String {
        object(
            [
                "type": text("service_account"), "project_id": text("my-project"), "private_key_id": text("key-1"),
                "private_key": text(try TestKey.first.get().text), "client_email": text(account),
                "client_id": text("104029292853099978293"), "token_uri": text("\(url)/token"),
                "universe_domain": text("googleapis.com"),
            ],
            changes
        )
    }

    static func user(_ url: String, _ changes: [String: String?] = [:]) -> String {
        object(
            [
                "type": text("authorized_user"), "account": text(""), "client_id": text("764086051850.apps"),
                "client_secret": text(clientSecret), "refresh_token": text(refreshToken),
                "token_uri": text("\(url)/token"), "universe_domain": text("googleapis.com"),
            ],
            changes
        )
    }

    static func impersonationURL(_ url: String) -> String {
        "\(url)/v1/projects/-/serviceAccounts/\(target):generateAccessToken"
    }

    static func impersonated(_ url: String, by source: String, _ changes: [String: String?] = [:]) -> String {
        object(
            [
                "type": text("impersonated_service_account"), "delegates": "[]", "source_credentials": source,
                "service_account_impersonation_url": text(impersonationURL(url)),
            ],
            changes
        )
    }

    static func external(_ url: String, source: String, _ changes: [String: String?] = [:]) -> String {
        object(
            [
                "type": text("external_account"), "audience": text(audience),
                "subject_token_type": text("urn:ietf:params:oauth:token-type:jwt"),
                "token_url": text("\(url)/v1/token"), "credential_source": source,
            ],
            changes
        )
    }
}

/// The answer of a token endpoint.
func granted(_ token: String, expiresIn seconds: Int = 3599) -> ScriptedServer.Reply {
    .answer(200, body: #"{"access_token":"\#(token)","expires_in":\#(seconds),"token_type":"Bearer"}"#)
}

/// The answer of a token endpoint that refuses (RFC 6749, section 5.2).
func oauthError(_ status: Int, _ code: String, _ description: String? = nil) -> ScriptedServer.Reply {
    let text = description.map { #","error_description":"\#($0)""# } ?? ""
    return .answer(status, body: #"{"error":"\#(code)"\#(text)}"#)
}

/// A file's credentials, found by `GOOGLE_APPLICATION_CREDENTIALS`, and the server that they talk to.
struct Desk {
    static let path = "/secrets/key.json"

    let server: ScriptedServer
    let transport: CurlTransport
    let files = MemoryFiles()
    let time = ManualTime()

    func find(_ environment: [String: String] = [:]) async throws(CredentialsError) -> FoundCredentials {
        try await ApplicationCredentials.find(
            environment: ["GOOGLE_APPLICATION_CREDENTIALS": Self.path].merging(environment) { $1 },
            metadataHost: "127.0.0.1:\(server.port)",
            files: files.reader,
            transport: transport,
            time: time.source
        )
    }

    /// The error of the first token, after a file's content was taken.
    func failure(_ content: String) async throws -> AccessTokenError? {
        files.write(Self.path, content)
        let source = try await find().source
        do throws(AccessTokenError) {
            _ = try await source.token()
            return nil
        } catch {
            return error
        }
    }

    /// Why a file's content is not taken; nil if it is.
    func fault(_ content: String) async -> String? {
        files.write(Self.path, content)
        do throws(CredentialsError) {
            _ = try await find()
            return nil
        } catch {
            return error.findings.last?.what
        }
    }
}

func atDesk(
    _ reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply,
    _ body: (Desk) async throws -> Void
) async throws {
    try await withCloud(reply) { server, transport in try await body(Desk(server: server, transport: transport)) }
}

/// The parameters of a form.
func form(_ request: ScriptedServer.Request) throws -> [String: String] { try form(request.text) }

/// The parameters of a form.
func form(_ text: String) throws -> [String: String] {
    let items = try #require(URLComponents(string: "?\(text)")?.queryItems)
    return Dictionary(uniqueKeysWithValues: try items.map { ($0.name, try #require($0.value)) })
}
