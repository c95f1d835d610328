internal import HTTPTransport
internal import LosslessJSON
internal import Timestamps

/// The metadata server that every Google Cloud machine has
/// (https://docs.cloud.google.com/compute/docs/metadata/querying-metadata).
struct MetadataServer: Sendable {
    /// How often a request is tried, as in google-auth for Python.
    static let tries = 3
    /// The wait before the second try; it doubles.
    static let firstWait: Duration = .seconds(1)
    /// The bounds of one try: the server is on the same machine.
    static let limits = TransportLimits(connect: .seconds(2), total: .seconds(5), responseBytes: 64 * 1024)
    /// The longest validity that is believed.
    private static let maximumLifetime: Int64 = 24 * 3600
    private static let rules = JSONRules(maximumDepth: 4, maximumBytes: 64 * 1024)

    let baseURL: String
    let transport: any Transport
    let time: TimeSource

    /// An access token of the machine's service account, and how long it is valid from now on.
    func token() async throws(AccessTokenError) -> (token: AccessToken, lifetime: Duration) {
        let body = try await get("instance/service-accounts/default/token")
        guard let root = try? JSONDocument(body, rules: Self.rules).root,
            let text = root["access_token"]?.string, let token = AccessToken(text),
            let seconds = root["expires_in"]?.integer, seconds >= 0,
            root["token_type"]?.string?.lowercased() == "bearer"
        else { throw .unavailable("metadata server: not an access token") }
        return (token, .seconds(min(seconds, Self.maximumLifetime)))
    }

    /// The project that the machine belongs to.
    func projectID() async throws(AccessTokenError) -> ProjectID {
        let body = try await get("project/project-id")
        guard let project = ProjectID(String(decoding: body, as: UTF8.self)) else {
            throw .unavailable("metadata server: not a project ID")
        }
        return project
    }

    private func get(_ path: String) async throws(AccessTokenError) -> [UInt8] {
        let request = TransportRequest(
            .get,
            "\(baseURL)/computeMetadata/v1/\(path)",
            headers: [("Metadata-Flavor", "Google")],
            limits: Self.limits
        )
        var wait = Self.firstWait
        for _ in 1..<Self.tries {
            if case .content(let body) = try await attempt(request) { return body }
            do {
                try await time.sleep(wait)
            } catch {
                throw .unavailable("metadata server: cancelled")
            }
            wait = wait * 2
        }
        switch try await attempt(request) {
        case .content(let body): return body
        case .failure(let detail): throw .unavailable("metadata server: \(detail)")
        }
    }

    private enum Attempt {
        case content([UInt8])
        /// It may go better the next time.
        case failure(String)
    }

    private func attempt(_ request: TransportRequest) async throws(AccessTokenError) -> Attempt {
        let response: TransportResponse
        do throws(TransportError) {
            response = try await transport.send(request)
        } catch {
            switch error {
            case .cannotConnect(let detail), .interrupted(let detail): return .failure(detail)
            case .timedOut: return .failure("timed out")
            case .tooLarge: throw .unavailable("metadata server: answer too large")
            case .cancelled: throw .unavailable("metadata server: cancelled")
            case .invalidRequest(let detail): throw .refused("metadata server: \(detail)")
            }
        }
        switch response.status {
        case 200:
            // Whatever else answers at this address must not be believed.
            guard response.header("metadata-flavor") == "Google" else {
                throw .refused("metadata server: answer of something else (no Metadata-Flavor)")
            }
            return .content(response.body)
        case 408, 429, 500...599: return .failure("HTTP \(response.status)")
        default: throw .refused("metadata server: HTTP \(response.status)")
        }
    }
}
