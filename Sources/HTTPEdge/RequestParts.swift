internal import NIOCore
internal import NIOHTTP1

/// The inner end of a connection's pipeline: keeps what has come until the connection's task takes it, and wakes the task
/// when more has come or its time is over.
///
/// Nothing is read from the connection until the task asks. Handler and task run on the connection's event loop, so there
/// is nothing to lock.
final class RequestParts: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var waiter: CheckedContinuation<Void, Never>?
    /// Why the parser reads no further.
    private(set) var fault: HTTPParserError? { didSet { wake() } }
    /// The client has closed its half, or the connection is gone.
    private(set) var isClosed = false { didSet { wake() } }
    /// A request's head has come, and its end has not.
    private(set) var isInRequest = false
    /// The server shuts down: what is under way has to come to its end soon.
    private(set) var isShuttingDown = false
    /// Nothing is under way.
    var isIdle = true
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
    /// Nothing follows what is there.
    var isOver: Bool { isClosed || fault != nil }
    /// Nothing is there, and something may follow.
    var isWaiting: Bool { isEmpty && !isOver && !isLate }

    /// What comes next; nil if nothing does, or not in time.
    func next() async -> HTTPServerRequestPart? {
        while isWaiting { await read() }
        return parts.popFirst()
    }

    /// Reads from the connection, and waits until something happens.
    func read() async {
        context?.read()
        await wait()
    }

    func wait() async {
        await withCheckedContinuation { waiter = $0 }
    }

    func write(_ part: HTTPServerResponsePart) { context?.write(Self.wrapOutboundOut(part), promise: nil) }

    /// Throws away what has come of a body, and returns its size.
    func removeAll() -> Int {
        defer { parts.removeAll(keepingCapacity: true) }
        return parts.reduce(0) { if case .body(let content) = $1 { $0 + content.readableBytes } else { $0 } }
    }

    // MARK: The connection's side

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        self.context = nil
        isClosed = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head = part { isInRequest = true }
        if case .end = part { isInRequest = false }
        parts.append(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) { wake() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { wake() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes behind a parser's error is thrown away, so that the answer gets through.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        fault = fault ?? error
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { isClosed = true }
    }

    func shutDown() {
        isShuttingDown = true
        deadline = isIdle ? .now() : deadline
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    /// Makes sure that the deadline is noticed; a timer set for earlier stays, and is set anew when it fires.
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
