internal import NIOCore
internal import NIOHTTP1

/// The inner end of a connection's pipeline: keeps what has come of the request that is being answered, and sees that
/// requests come in their time, and that the connection ends where what follows could be misread.
///
/// NIO's pipelining in front of it lets one request in at a time. Everything happens on the
/// connection's event loop, on which the task that answers runs too, so there is nothing to lock.
final class Connection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase: Equatable {
        /// There is no request.
        case waiting
        /// A request is there, and its body is not complete.
        case reading
        /// A request is complete, and not answered.
        case answering
        /// A request is answered, and so much of its body may still be thrown away.
        case discarding(bytes: Int)
        /// The last answer is written.
        case leaving
    }

    /// With so many parts, or bytes, nothing more is read from the connection until some have been asked for.
    private static let mostParts = 16
    private static let mostBytes = 4 * EdgeLimits.readBytes

    private let limits: EdgeLimits
    private let date: () -> String?
    private var context: ChannelHandlerContext?
    private var phase = Phase.waiting
    /// The request's head, until the task takes it.
    private var head: HTTPRequestHead?
    /// What `Content-Length` says of the request's body.
    private var length: Int?
    /// Whether the answer has no body, whatever its length.
    private var isHead = false
    private var parts = CircularBuffer<ByteBuffer>()
    private var bytes = 0
    private var bodyFault: EdgeBody.Fault?
    /// No request is taken after this one.
    private var isLast = false
    /// The client waits for a word before it sends the body.
    private var expectsContinue = false
    /// Some bytes of the next request's head are there.
    private var hasBegun = false
    /// Parts of requests came with the latest read.
    private var hasDelivered = false
    private var startOfRequest = NIODeadline.uptimeNanoseconds(0)
    /// The status of the answer to what is no request.
    private var refusal: HTTPResponseStatus?
    /// No further request will come.
    private var hasEnded = false
    /// Reading waits until there is room.
    private var isReadHeld = false
    /// The task, which waits for something to happen.
    private var waiter: CheckedContinuation<Void, Never>?
    /// When the next request, or what is left of the latest one, has to be there, or the connection has to be gone.
    private var readDeadline: NIODeadline?
    /// When the client must have read something.
    private var writeDeadline: NIODeadline?
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?

    init(_ limits: EdgeLimits, _ date: @escaping () -> String?) {
        self.limits = limits
        self.date = date
    }

    // MARK: The connection's side

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        readDeadline = .now() + limits.head
        setTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        timer?.task.cancel()
        context = nil
        hasEnded = true
        wake()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasDelivered = true
        switch (unwrapInboundIn(data), phase) {
        case (.head(let head), .waiting): begin(head)
        case (.body(let part), .reading):
            parts.append(part)
            bytes += part.readableBytes
        case (.end, .reading):
            phase = .answering
            readDeadline = nil
        case (.body(let part), .discarding(let left)):
            phase = .discarding(bytes: left - part.readableBytes)
            if left < part.readableBytes { leave() }
        case (.end, .discarding): wait()
        default: break
        }
        wake()
    }

    private func begin(_ head: HTTPRequestHead) {
        phase = .reading
        startOfRequest = hasBegun ? startOfRequest : .now()
        hasBegun = false
        guard RequestRules.allow(head) else { return refuse(.badRequest) }
        // After an offer to upgrade, the parser looks at nothing more.
        isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade")
        expectsContinue = head.version == .http1_1 && head.headers.contains(name: "expect")
        length = head.headers.first(name: "content-length").map { Int($0) ?? .max }
        isHead = head.method == .HEAD
        readDeadline = startOfRequest + limits.request
        self.head = head
    }

    private func wait() {
        phase = .waiting
        hasBegun = false
        readDeadline = .now() + limits.idle
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .waiting, !hasDelivered, !hasBegun {
            hasBegun = true
            startOfRequest = .now()
            readDeadline = min(readDeadline ?? .distantFuture, startOfRequest + limits.head)
        }
        hasDelivered = false
        setTimer()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes behind a parser's error is thrown away, so that the answer gets through.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let fault = error as? HTTPParserError else { return context.close(promise: nil) }
        switch phase {
        case .waiting: refuse(refusal ?? (fault == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest))
        case .reading: failBody(.cutShort)
        case .discarding: leave()
        case .answering, .leaving: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            switch phase {
            case .waiting, .discarding, .leaving: context.close(promise: nil)
            case .reading: failBody(.cutShort)
            case .answering: isLast = true
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if isFull { isReadHeld = true } else { context.read() }
    }

    private var isFull: Bool { parts.count >= Self.mostParts || bytes >= Self.mostBytes }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline = context.channel.isWritable ? nil : .now() + limits.answer
        setTimer()
        wake()
        context.fireChannelWritabilityChanged()
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func failBody(_ fault: EdgeBody.Fault) {
        bodyFault = bodyFault ?? fault
        isLast = true
        readDeadline = nil
        wake()
    }

    /// Whether the last answer is written.
    var isLeaving: Bool { phase == .leaving }

    /// The server shuts down: nothing more is asked, and what is under way has to come to its end soon.
    func quiesce() {
        isLast = true
        let soon = NIODeadline.now() + EdgeLimits.haste
        switch phase {
        case .waiting, .discarding: context?.close(promise: nil)
        case .reading, .leaving: readDeadline = min(readDeadline ?? soon, soon)
        case .answering: break
        }
        writeDeadline = writeDeadline.map { min($0, soon) }
        setTimer()
    }

    // MARK: Time

    /// Makes sure that somebody looks at the deadlines when they are there; a later one costs nothing.
    private func setTimer() {
        let deadline = min(readDeadline ?? .distantFuture, writeDeadline ?? .distantFuture)
        guard let context, deadline < timer?.at ?? .distantFuture else { return }
        timer?.task.cancel()
        timer = (deadline, context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.lookAtClock() })
    }

    private func lookAtClock() {
        timer = nil
        let now = NIODeadline.now()
        if let writeDeadline, writeDeadline <= now { context?.close(promise: nil) }
        if let readDeadline, readDeadline <= now {
            self.readDeadline = nil
            switch phase {
            case .waiting where hasBegun:
                refusal = .requestTimeout
                // From the beginning of the pipeline, so that NIO's pipelining expects an answer.
                context?.channel.pipeline.fireErrorCaught(HTTPParserError.unknown)
            case .reading: failBody(.tooSlow)
            case .waiting, .discarding, .leaving: context?.close(promise: nil)
            case .answering: break
            }
        }
        setTimer()
    }

    // MARK: The task's side

    /// The next request's head; nil once there will be none.
    func nextHead() async -> HTTPRequestHead? {
        while true {
            if let head {
                self.head = nil
                return head
            }
            if hasEnded { return nil }
            await somethingHappens()
        }
    }

    /// The next part of the request's body; nil at its end.
    func nextOfBody() async throws(EdgeBody.Fault) -> ByteBuffer? {
        if expectsContinue, phase == .reading, parts.isEmpty {
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context?.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        expectsContinue = false
        while parts.isEmpty {
            guard phase == .reading else { return nil }
            if let bodyFault { throw bodyFault }
            if hasEnded { throw .cutShort }
            await somethingHappens()
        }
        let part = parts.removeFirst()
        bytes -= part.readableBytes
        if isReadHeld, !isFull {
            isReadHeld = false
            context?.read()
        }
        return part
    }

    /// Answers the request, and waits while the client leaves so many answers unread that there is no room for more.
    func write(_ response: EdgeResponse) async {
        answer(response)
        while let channel = context?.channel, channel.isActive, !channel.isWritable { await somethingHappens() }
    }

    private func somethingHappens() async {
        await withCheckedContinuation { waiter = $0 }
    }

    // MARK: Answers

    /// Answers what is no request.
    private func refuse(_ status: HTTPResponseStatus) {
        isLast = true
        bodyFault = bodyFault ?? .cutShort
        answer(EdgeResponse(status: status))
    }

    private func answer(_ response: EdgeResponse) {
        guard let context, phase != .leaving else { return }
        let rest = limits.discardedBytes - bytes
        let isReading = phase == .reading
        // A client that waits for 100 Continue may send its body or not; nobody could tell it from a next request.
        if isReading, bodyFault != nil || expectsContinue || length ?? 0 > rest { isLast = true }
        var head = HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers)
        if let date = date() { head.headers.add(name: "date", value: date) }
        // RFC 9110, 8.6: an answer that can have no body says nothing of its length.
        if response.status != .noContent {
            head.headers.add(name: "content-length", value: String(response.body.count))
        }
        if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
        // With the answer's end, NIO's pipelining lets the next request in.
        parts.removeAll()
        bytes = 0
        if isReading, !isLast { phase = .discarding(bytes: rest) } else { wait() }
        let isLast = isLast
        if isLast { phase = .leaving }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !response.body.isEmpty, !isHead {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if isLast { leave() }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
        setTimer()
    }

    /// Closes our half after the last answer, and the rest when the client has done so too or its time is over.
    private func leave() {
        phase = .leaving
        hasEnded = true
        wake()
        context?.close(mode: .output, promise: nil)
        readDeadline = .now() + limits.farewell
        setTimer()
        context?.read()
    }
}
