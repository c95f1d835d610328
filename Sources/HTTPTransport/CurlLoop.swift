internal import CCurl
internal import Synchronization

/// The one thread that calls libcurl's multi interface, and the requests submitted to it.
///
/// libcurl's handles are not thread-safe: transfers begin, run and end on this thread, which sleeps until a socket is
/// ready or a caller wakes it.
@safe
final class CurlLoop: Sendable {
    typealias Caller = CheckedContinuation<Result<TransportResponse, TransportError>, Never>

    private struct State {
        var lastID = 0
        var submitted: [(id: Int, request: PreparedRequest, caller: Caller)] = []
        var cancelled: [Int] = []
        var isLeaving = false
        /// Whether the thread is done with libcurl's handle.
        var hasLeft = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private struct Transfer {
        let easy: CurlEasy
        let sink: ResponseSink
        let authority: String
        let caller: Caller
    }

    private let state = Mutex(State())
    /// The multi handle.
    ///
    /// `nonisolated(unsafe)` is needed since the handle is not `Sendable`. It is safe because only the thread uses and
    /// closes it; other threads only call `wake()`, which libcurl allows, under the lock and before the thread has
    /// left.
    nonisolated(unsafe) private let multi: CurlMulti

    /// Starts the thread, which retains this object until it is asked to leave.
    init(_ multi: sending CurlMulti) throws(TransportError) {
        unsafe self.multi = multi
        guard startThread(named: "curl-multi", { self.run() }) else {
            unsafe self.multi.close()
            throw .cannotConnect("no thread for libcurl")
        }
    }

    /// Sends one request and waits for its response.
    func send(_ request: PreparedRequest) async throws(TransportError) -> TransportResponse {
        let id = change { state in
            state.lastID += 1
            return state.lastID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { submit(id, request, $0) }
        } onCancel: {
            change { $0.cancelled.append(id) }
        }
        return try outcome.get()
    }

    private func submit(_ id: Int, _ request: PreparedRequest, _ caller: Caller) {
        let isTaken = change { state in
            // A cancellation from here on finds the request among those submitted.
            guard !state.isLeaving, !Task.isCancelled else { return false }
            state.submitted.append((id, request, caller))
            return true
        }
        if !isTaken { caller.resume(returning: .failure(.cancelled)) }
    }

    /// Ends all requests and refuses later ones; the thread closes the connections and leaves.
    func leave() {
        change { $0.isLeaving = true }
    }

    /// Returns once the thread has left.
    func waitUntilLeft() async {
        await withCheckedContinuation { waiter in
            let hasLeft = change { state in
                if !state.hasLeft { state.waiters.append(waiter) }
                return state.hasLeft
            }
            if hasLeft { waiter.resume() }
        }
    }

    /// Changes the state shared with the thread, and wakes it.
    private func change<Value>(_ body: (inout sending State) -> sending Value) -> sending Value {
        state.withLock { state in
            if !state.hasLeft { unsafe multi.wake() }
            return body(&state)
        }
    }

    /// The thread's main loop; returns once it is asked to leave.
    private func run() {
        var transfers: [Int: Transfer] = [:]
        func finish(_ id: Int, _ outcome: Result<TransportResponse, TransportError>) {
            guard let transfer = transfers.removeValue(forKey: id) else { return }
            unsafe multi.remove(transfer.easy)
            transfer.caller.resume(returning: outcome)
        }
        func finishAll(_ error: TransportError) {
            for id in transfers.keys.sorted() { finish(id, .failure(error)) }
        }
        while true {
            let (submitted, cancelled, isLeaving) = state.withLock { state in
                defer { (state.submitted, state.cancelled) = ([], []) }
                return (state.submitted, state.cancelled, state.isLeaving)
            }
            for (id, request, caller) in submitted {
                do throws(TransportError) { transfers[id] = try begin(id, request, caller) } catch {
                    caller.resume(returning: .failure(error))
                }
            }
            for id in cancelled { finish(id, .failure(.cancelled)) }
            if isLeaving { break }
            // Fails only when out of memory or on a misused handle; no caller may be left waiting then.
            if unsafe !multi.perform() { finishAll(.interrupted("libcurl failed")) }
            while let (id, code) = unsafe multi.nextFinished() {
                if let transfer = transfers[id] { finish(id, Self.outcome(of: transfer, code)) }
            }
            unsafe multi.wait()
        }
        finishAll(.cancelled)
        state.withLock { $0.hasLeft = true }
        unsafe multi.close()
        for waiter in state.withLock({ $0.waiters }) { waiter.resume() }
    }

    private func begin(_ id: Int, _ request: PreparedRequest, _ caller: Caller) throws(TransportError) -> Transfer {
        let easy = try CurlEasy()
        let sink = ResponseSink(maximumBody: request.maximumResponseBytes)
        try request.configure(easy)
        try easy.setSink(sink)
        try easy.setIdentifier(id)
        guard unsafe multi.add(easy) else { throw .cannotConnect("libcurl takes no further transfer") }
        return Transfer(easy: easy, sink: sink, authority: request.url.authority, caller: caller)
    }

    private static func outcome(
        of transfer: Transfer,
        _ code: CURLcode
    ) -> Result<TransportResponse, TransportError> {
        if transfer.sink.isTooLarge { return .failure(.tooLarge) }
        guard code == CURLE_OK else {
            let mayHaveSent = transfer.easy.mayHaveSent
            return .failure(TransportError(code, mayHaveSent: mayHaveSent, authority: transfer.authority))
        }
        guard transfer.sink.hasWholeHeader else {
            return .failure(.interrupted("answer cut in its header (\(transfer.authority))"))
        }
        return .success(
            TransportResponse(
                status: transfer.easy.status,
                headers: transfer.sink.headers,
                body: transfer.sink.body
            )
        )
    }
}
