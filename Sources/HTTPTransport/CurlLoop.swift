internal import CCurl

/// The transfers in flight; lives on libcurl's thread.
actor CurlLoop {
    private struct Transfer {
        let easy: CurlEasy
        let sink: ResponseSink
        let authority: String
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private typealias Outcome = Result<TransportResponse, TransportError>

    nonisolated let executor: CurlExecutor
    /// Taking a transfer out of here is the permit to resume its caller, so each is resumed exactly once.
    private var transfers: [Int: Transfer] = [:]
    private var lastID = 0
    private var isStopping = false

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(executor: CurlExecutor) {
        self.executor = executor
    }

    deinit {
        // So that the thread sees at once that there is nobody left to work for.
        executor.rouse()
    }

    /// Does one request.
    func send(_ request: PreparedRequest) async throws(TransportError) -> TransportResponse {
        guard !isStopping, !Task.isCancelled else { throw .cancelled }
        lastID += 1
        let id = lastID
        // Nothing suspends between the check above and the start, so the thread takes its next turn, and with it sees a
        // cancellation, only when the transfer is in the table.
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { start(id, request, $0) }
        } onCancel: {
            executor.cancel(id)
        }
        return try outcome.get()
    }

    /// Ends all transfers and takes no new ones.
    func refuse() {
        isStopping = true
        for id in transfers.keys.sorted() { finish(id, .failure(.cancelled)) }
    }

    /// One turn of libcurl's work; called by the thread between jobs.
    func turn() {
        guard !isStopping else { return }
        for id in executor.takeCancelled() { finish(id, .failure(.cancelled)) }
        guard executor.transfers.perform() else {
            // Only for lack of memory or a misused handle; nobody may be left waiting.
            for id in transfers.keys.sorted() { finish(id, .failure(.interrupted("libcurl failed"))) }
            return
        }
        while let (id, code) = executor.transfers.nextFinished() {
            guard let transfer = transfers[id] else { continue }
            finish(id, outcome(of: transfer, code))
        }
    }

    private func start(_ id: Int, _ request: PreparedRequest, _ continuation: CheckedContinuation<Outcome, Never>) {
        do throws(TransportError) {
            let easy = try CurlEasy()
            let sink = ResponseSink(maximumBody: request.maximumResponseBytes)
            try request.configure(easy)
            try easy.setSink(sink)
            try easy.setIdentifier(id)
            guard executor.transfers.add(easy) else { throw .cannotConnect("libcurl takes no further transfer") }
            transfers[id] = Transfer(
                easy: easy,
                sink: sink,
                authority: request.url.authority,
                continuation: continuation
            )
        } catch {
            continuation.resume(returning: .failure(error))
        }
    }

    private func finish(_ id: Int, _ outcome: Outcome) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        executor.transfers.remove(transfer.easy)
        transfer.continuation.resume(returning: outcome)
    }

    private func outcome(of transfer: Transfer, _ code: CURLcode) -> Outcome {
        if transfer.sink.isTooLarge { return .failure(.tooLarge) }
        guard code == CURLE_OK else {
            let mayHaveSent = transfer.easy.mayHaveSent
            return .failure(TransportError(code, mayHaveSent: mayHaveSent, authority: transfer.authority))
        }
        guard transfer.sink.hasWholeHeader else {
            return .failure(.interrupted("answer cut in its header (\(transfer.authority))"))
        }
        let status = transfer.easy.status
        return .success(
            TransportResponse(status: status, headers: transfer.sink.headers, body: transfer.sink.body)
        )
    }
}
