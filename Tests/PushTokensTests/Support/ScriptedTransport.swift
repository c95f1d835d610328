internal import HTTPTransport
internal import Synchronization

/// A network that answers as the test says, and can be made to hang.
final class ScriptedTransport: Transport {
    typealias Answer = Result<TransportResponse, TransportError>

    private struct State {
        var answer: Answer
        var requests: [TransportRequest] = []
        var isHanging = false
        var hung: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ answer: Answer) {
        state = Mutex(State(answer: answer))
    }

    var requests: [TransportRequest] { state.withLock { $0.requests } }

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
        return try state.withLock { $0.answer }.get()
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
