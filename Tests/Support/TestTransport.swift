package import HTTPTransport
internal import Synchronization

/// A network that answers as a test says, keeps what was sent unless told otherwise, and can be made to hang.
package final class TestTransport: Transport {
    package typealias Answer = Result<TransportResponse, TransportError>

    private struct State {
        var answer: @Sendable (TransportRequest) async -> Answer
        var requests: [TransportRequest] = []
        var responses: [TransportResponse] = []
        var inFlight = 0
        var mostInFlight = 0
        var isHanging = false
        var hung: [CheckedContinuation<Void, Never>] = []
    }

    private let keeps: Bool
    private let state: Mutex<State>

    package init(keeps: Bool = true, _ answer: @escaping @Sendable (TransportRequest) async -> Answer) {
        self.keeps = keeps
        state = Mutex(State(answer: answer))
    }

    /// Answers everything alike.
    package convenience init(_ answer: Answer) { self.init { _ in answer } }

    /// Everything that was sent.
    package var requests: [TransportRequest] { state.withLock { $0.requests } }

    /// Everything that was answered.
    package var responses: [TransportResponse] { state.withLock { $0.responses } }

    /// The most requests that were under way at the same time.
    package var mostInFlight: Int { state.withLock { $0.mostInFlight } }

    /// Answers like this from now on.
    package func answer(_ answer: Answer) { state.withLock { $0.answer = { _ in answer } } }

    /// From now on requests hang until ``proceed()``.
    package func hang() { state.withLock { $0.isHanging = true } }

    /// Lets go of what hangs.
    package func proceed() {
        let hung = state.withLock { state in
            defer { state.hung = [] }
            state.isHanging = false
            return state.hung
        }
        for continuation in hung { continuation.resume() }
    }

    package func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        state.withLock { state in
            if keeps { state.requests.append(request) }
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        await withCheckedContinuation { continuation in
            let isHanging = state.withLock { state in
                if state.isHanging { state.hung.append(continuation) }
                return state.isHanging
            }
            if !isHanging { continuation.resume() }
        }
        let response = try await state.withLock { $0.answer }(request).get()
        if keeps { state.withLock { $0.responses.append(response) } }
        return response
    }
}

/// Hands out the elements in turn, the last one for ever.
package final class Turns<Element: Sendable>: Sendable {
    private let elements: Mutex<[Element]>

    package init(_ elements: [Element]) {
        self.elements = Mutex(elements)
    }

    package func next() -> Element { elements.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
}
