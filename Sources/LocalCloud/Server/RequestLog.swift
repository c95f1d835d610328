internal import Synchronization
package import Timestamps

/// One request that came in, and how it was answered.
package struct RequestRecord: Sendable {
    package let route: Route
    /// The status sent; nil if no response was sent.
    package let status: Int?
    /// When it came.
    package let time: Instant
    /// Its header fields; names in lower case.
    package let headers: [(name: String, value: String)]
}

/// Every request that came in.
package final class RequestLog: Sendable {
    /// Older records are dropped beyond this number; the counts go on.
    package static let maximumRecords = 20_000

    private struct State {
        var records: [RequestRecord] = []
        var counts: [Route: Int] = [:]
    }

    private let state = Mutex(State())

    init() {}

    func add(_ record: RequestRecord) {
        state.withLock { state in
            if state.records.count == Self.maximumRecords { state.records.removeFirst(Self.maximumRecords / 2) }
            state.records.append(record)
            state.counts[record.route, default: 0] += 1
        }
    }

    /// How many requests an endpoint has answered, or left without a response.
    ///
    /// - Parameters:
    ///   - endpoint: The endpoint.
    ///   - resource: Only those for this project, topic or metadata key; nil for all.
    /// - Returns: The number.
    package func count(_ endpoint: Endpoint, of resource: String? = nil) -> Int {
        state.withLock { state in
            state.counts.reduce(0) { sum, entry in
                let matches = entry.key.endpoint == endpoint && (resource == nil || entry.key.resource == resource)
                return matches ? sum + entry.value : sum
            }
        }
    }

    /// The newest requests, oldest first.
    package var records: [RequestRecord] { state.withLock { $0.records } }
}
