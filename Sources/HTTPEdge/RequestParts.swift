internal import NIOCore
internal import NIOHTTP1

/// The inner end of a connection's pipeline: buffers input until the connection's task takes it, and wakes the task on
/// more input or at its deadline; reads at most one chunk ahead of the task.
///
/// Handler and task run on the connection's event loop, so no lock is needed.
final class RequestParts: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var waiter: CheckedContinuation<Void, Never>?
    /// The task has asked for a read that has not been completed.
    private var isAsking = false
    /// Why the parser has stopped.
    private(set) var fault: HTTPParserError? { didSet { wake() } }
    /// The client has closed its half, or the connection is gone.
    private(set) var isClosed = false { didSet { wake() } }
    /// The task has taken a request's head, but not its end.
    private(set) var isInRequest = false
    /// The server is shutting down: reading and writing must end soon.
    private(set) var isShuttingDown = false
    /// A shutdown may end the connection at once: no request is in progress, or only the rest of its body.
    var mayEndAtOnce = true
    /// When the task is woken at the latest.
    var deadline = NIODeadline.distantFuture {
        didSet {
            if isShuttingDown { deadline = min(deadline, .now() + EdgeLimits.haste) }
            setTimer()
        }
    }

    // MARK: The task's side

    var isEmpty: Bool { parts.isEmpty }
    var isLate: Bool { deadline <= .now() }
    /// Nothing follows what is buffered.
    var isOver: Bool { isClosed || fault != nil }
    /// The buffer is empty, and more may follow.
    var isWaiting: Bool { isEmpty && !isOver && !isLate }

    /// The next part; nil if there is none, or none in time.
    func next() async -> HTTPServerRequestPart? {
        while isWaiting { await read() }
        return take()
    }

    /// Reads from the connection, and waits for the next event.
    func read() async {
        isAsking = true
        context?.read()
        await wait()
    }

    func wait() async {
        await withCheckedContinuation { waiter = $0 }
    }

    func write(_ part: HTTPServerResponsePart) { context?.write(Self.wrapOutboundOut(part), promise: nil) }

    /// Discards what is buffered of the request in progress, and returns its size in bytes.
    func discardRequest() -> Int {
        var size = 0
        while isInRequest, let part = take() {
            if case .body(let content) = part { size += content.readableBytes }
        }
        return size
    }

    /// The next part, if it is buffered.
    func take() -> HTTPServerRequestPart? {
        let part = parts.popFirst()
        if case .head = part { isInRequest = true }
        if case .end = part { isInRequest = false }
        return part
    }

    // MARK: The connection's side

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        self.context = nil
        isClosed = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parts.append(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // One read ahead of the task, or the selector would be told twice for every request; none behind many small ones.
        if isAsking, parts.count < 64 { context.read() }
        isAsking = false
        wake()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { wake() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Input after a parser error is discarded, so that the response gets through.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        fault = fault ?? error
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { isClosed = true }
    }

    func shutDown() {
        isShuttingDown = true
        deadline = min(deadline, mayEndAtOnce ? .now() : .now() + EdgeLimits.haste)
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    /// Schedules a wake-up at the deadline; an earlier timer stays, and is rescheduled when it fires.
    private func setTimer() {
        guard let context, deadline < timer?.at ?? .distantFuture else { return }
        timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            if self.isLate { self.wake() } else { self.setTimer() }
        }
        timer = (deadline, task)
    }
}
