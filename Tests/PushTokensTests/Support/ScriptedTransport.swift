internal import HTTPTransport
internal import PushTokens
internal import Synchronization

/// A network that answers as the test says, and can be made to hang.
final class ScriptedTransport: Transport {
    typealias Answer = Result<TransportResponse, TransportError>

    private struct State {
        var answer: Answer
        var requests: [TransportRequest] = []
        var served: [[UInt8]] = []
        var isKeySet: [[UInt8]: Bool] = [:]
        var isHanging = false
        var hung: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ answer: Answer) {
        state = Mutex(State(answer: answer))
    }

    var requests: [TransportRequest] { state.withLock { $0.requests } }

    /// The last answer that a key cache could take for a key set.
    var newestKeySet: [UInt8] {
        state.withLock { state in
            state.served.last { body in
                if let known = state.isKeySet[body] { return known }
                let isKeySet = (try? KeySet(jwks: body)) != nil
                state.isKeySet[body] = isKeySet
                return isKeySet
            } ?? []
        }
    }

    func answer(_ answer: Answer) {
        state.withLock { $0.answer = answer }
    }

    /// From now on requests hang until ``proceed()``.
    func hang() {
        state.withLock { $0.isHanging = true }
    }

    func proceed() {
        let hung = state.withLock { state in
            defer { state.hung = [] }
            state.isHanging = false
            return state.hung
        }
        for continuation in hung { continuation.resume() }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        state.withLock { $0.requests.append(request) }
        await withCheckedContinuation { continuation in
            let isHanging = state.withLock { state in
                if state.isHanging { state.hung.append(continuation) }
                return state.isHanging
            }
            if !isHanging { continuation.resume() }
        }
        let answer = state.withLock { state in
            if case .success(let response) = state.answer, response.status == 200 { state.served.append(response.body) }
            return state.answer
        }
        return try answer.get()
    }
}

extension TransportResponse {
    static func keys(_ body: [UInt8], maxAge: Int = 3600) -> TransportResponse {
        TransportResponse(
            status: 200,
            headers: [("content-type", "application/json"), ("cache-control", "public, max-age=\(maxAge)")],
            body: body
        )
    }
}
