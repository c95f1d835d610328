internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// The metadata server: who the service is, and the access tokens that it gets.
///
/// https://cloud.google.com/compute/docs/metadata/overview
package final class LocalMetadataServer: Sendable {
    /// A token is returned again until this many seconds of it remain, as on the real server.
    package static let cachedUntilSecondsRemain: Int64 = 300

    private struct State {
        let lifetime: Int64
        var issued = 0
        /// The valid access tokens and their expiry.
        var good: [String: Instant] = [:]
        var current: String?

        mutating func mint(at now: Instant, project: String) -> String {
            issued += 1
            let token = "ya29.c.local-\(project)-\(issued)"
            good = good.filter { $0.value > now }
            good[token] = now.adding(seconds: lifetime)
            return token
        }
    }

    private let identity: LocalCloudOptions
    private let time: TimeSource
    private let state: Mutex<State>

    init(_ options: LocalCloudOptions) {
        identity = options
        time = options.time
        state = Mutex(State(lifetime: options.accessTokenSeconds))
    }

    /// How many different access tokens were issued.
    package var issuedTokens: Int { state.withLock { $0.issued } }

    /// Invalidates all access tokens issued so far.
    ///
    /// - Parameter keepsServing: Whether the server keeps returning the invalid one, as the real one may do while it
    ///   has it cached.
    package func revokeTokens(keepsServing: Bool = false) {
        state.withLock { state in
            state.good = [:]
            if !keepsServing { state.current = nil }
        }
    }

    /// An access token that is good now.
    package func accessToken() -> String { issue().token }

    /// A new access token that is good now, and for how many seconds.
    func mint() -> (token: String, seconds: Int64) {
        let now = time.now()
        return state.withLock { ($0.mint(at: now, project: identity.projectNumber), $0.lifetime) }
    }

    /// Whether the header carries an access token that was issued here and is still good.
    func isAuthorized(_ authorization: String?) -> Bool {
        guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer "
        else { return false }
        let now = time.now()
        return state.withLock { state in
            state.good[String(authorization.dropFirst(7))].map { $0 > now } ?? false
        }
    }

    func answer(_ head: RequestHead, key: String) -> LocalReply {
        guard head.header("metadata-flavor") == "Google" else {
            return reply("text/html; charset=UTF-8", "Missing Metadata-Flavor:Google header.\n", status: 403)
        }
        // Requests that came through a proxy are refused: the server is for the instance alone.
        guard head.header("x-forwarded-for") == nil else {
            return reply("text/html; charset=UTF-8", "X-Forwarded-For is not allowed.\n", status: 403)
        }
        switch key {
        case "instance/service-accounts/default/token":
            let (token, seconds) = issue()
            let body: JSONText = [
                "access_token": .string(token), "expires_in": .integer(seconds), "token_type": "Bearer",
            ]
            return reply("application/json", String(decoding: body.bytes(), as: UTF8.self))
        case "instance/service-accounts/default/email": return reply("application/text", identity.serviceAccount)
        case "project/project-id": return reply("application/text", identity.projectID)
        default: return reply("text/html; charset=UTF-8", "The requested URL was not found.\n", status: 404)
        }
    }

    private func issue() -> (token: String, secondsLeft: Int64) {
        let now = time.now()
        return state.withLock { state in
            if let current = state.current {
                // One that was revoked but is still cached looks valid.
                let left = state.good[current].map { now.wholeSeconds(until: $0) }
                if let left, left > Self.cachedUntilSecondsRemain { return (current, left) }
                if left == nil { return (current, state.lifetime) }
            }
            let token = state.mint(at: now, project: identity.projectNumber)
            state.current = token
            return (token, state.lifetime)
        }
    }

    private func reply(_ type: String, _ text: String, status: Int = 200) -> LocalReply {
        LocalReply(
            status: status,
            headers: [
                ("Metadata-Flavor", "Google"), ("Content-Type", type), ("Server", "Metadata Server for Serverless"),
            ],
            body: Array(text.utf8)
        )
    }
}
