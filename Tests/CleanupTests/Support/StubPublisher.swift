import GoogleCloud
import HTTPTransport
import LosslessJSON
import Synchronization
import Timestamps

/// A network on which every publish gets one of the given statuses, in turn, the last one for ever.
final class PublishingTransport: Transport {
    private struct State {
        var statuses: [Int]
        var bodies: [[UInt8]] = []
    }

    private let state: Mutex<State>

    init(_ statuses: Int...) {
        state = Mutex(State(statuses: statuses))
    }

    /// The requests' bodies.
    var bodies: [[UInt8]] { state.withLock { $0.bodies } }

    /// The attributes of the only message of each request.
    var attributes: [[String: String]] {
        bodies.map { body in
            let rules = JSONRules(maximumDepth: 8, maximumBytes: 1 << 26)
            let message = (try? JSONDocument(body, rules: rules))?.root["messages"]?.elements?.first
            let pairs = (message?["attributes"]?.members ?? []).map { ($0.name.string ?? "", $0.value.string ?? "") }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let status = state.withLock { state in
            state.bodies.append(request.body)
            return state.statuses.count > 1 ? state.statuses.removeFirst() : state.statuses[0]
        }
        return TransportResponse(status: status, body: Array(#"{"messageIds":["1"]}"#.utf8))
    }

    var publisher: TopicPublisher {
        TopicPublisher(baseURL: "http://127.0.0.1:1", transport: self, tokens: nil)
    }
}

/// A clock that stands still; a sleep is over at once, and only the uptime has moved by it.
final class StandingClock: Sendable {
    private let now: Instant
    private let uptime = Mutex(Duration.zero)

    init(_ now: Instant) {
        self.now = now
    }

    var source: TimeSource {
        TimeSource(
            now: { self.now },
            uptime: { self.uptime.withLock { $0 } },
            sleep: { duration in
                try Task.checkCancellation()
                self.uptime.withLock { $0 += duration }
                await Task.yield()
            }
        )
    }
}
