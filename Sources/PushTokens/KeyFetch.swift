package import HTTPTransport

/// One fetch of Google's key set.
struct KeyFetch: Sendable {
    /// The limits of a fetch: a push may be waiting for it, and Pub/Sub for the push.
    static let limits = TransportLimits(
        connect: .seconds(3),
        total: .seconds(5),
        responseBytes: KeySet.maximumBytes
    )

    /// A key set, and how long it is fresh.
    struct Answer: Sendable {
        let keys: KeySet
        let lifetime: Duration
    }

    let url: String
    let transport: any Transport

    /// Fetches and checks the set, off the caller's executor: each key costs OpenSSL a few milliseconds.
    @concurrent
    func perform() async throws(KeyFetchError) -> Answer {
        let request = TransportRequest(
            .get,
            url,
            headers: [(name: "accept", value: "application/json")],
            limits: Self.limits
        )
        let response: TransportResponse
        do throws(TransportError) {
            response = try await transport.send(request)
        } catch {
            throw .transport(error)
        }
        guard response.status == 200 else { throw .status(response.status) }
        do throws(KeySetError) {
            return Answer(keys: try KeySet(jwks: response.body), lifetime: KeyFreshness.lifetime(of: response))
        } catch {
            throw .keySet(error)
        }
    }
}

/// Why a fetch yielded no keys.
package enum KeyFetchError: Error, Equatable, Sendable {
    /// There was no complete response.
    case transport(TransportError)
    /// The status is not 200; redirects are not followed.
    case status(Int)
    /// The body is not an acceptable key set.
    case keySet(KeySetError)

    /// The fault's stable name in the log.
    package var reason: String {
        switch self {
        case .transport: "keys-unreachable"
        case .status: "keys-refused"
        case .keySet: "keys-unusable"
        }
    }

    /// What came back instead of keys.
    package var detail: String {
        switch self {
        case .transport(let error): error.detail
        case .status(let status): "HTTP status \(status)"
        case .keySet(.tooLarge): "more than \(KeySet.maximumBytes) bytes"
        case .keySet(.notJSON): "an answer that is not JSON: a proxy's page, say, or one cut short"
        case .keySet(.noKeys): "JSON without a key that can be used"
        case .keySet(.tooManyKeys): "more than \(KeySet.maximumKeys) keys"
        case .keySet(.duplicateKeyID): "two keys with the same ID"
        case .keySet(.badKey(let position, let fault)): "key \(position + 1) is invalid: \(fault)"
        }
    }
}
