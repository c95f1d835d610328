internal import NIOCore
internal import NIOHTTP1

/// Stands behind the parser of one connection: sees that requests come in their time and by the rules, that a
/// connection ends where what follows could be misread, and that it can end.
///
/// An answer that is given before its request has been read is the last one: the rest is thrown away for a moment, and
/// then the connection is closed.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let limits: EdgeLimits
    let roster: ConnectionRoster
    let requests: RequestQueue
    var member: ConnectionRoster.Member?
    var exchange = Exchange()
    var timer = LazyTimer()
    /// When the next request, or what is left of the latest one, has to be there, or the connection has to be gone.
    var readDeadline: NIODeadline?
    /// When the client must have read something.
    var writeDeadline: NIODeadline?
    /// Some bytes of the next request's head are there.
    var hasBegun = false
    /// Parts of requests came with the latest read.
    private var hasRead = false
    private var startOfRequest = NIODeadline.uptimeNanoseconds(0)
    /// The last answer has been written.
    var isLeaving = false
    var isQuiescing = false
    /// The client waits for a word before it sends the body.
    private var expectsContinue = false

    init(_ limits: EdgeLimits, _ roster: ConnectionRoster, _ requests: RequestQueue) {
        self.limits = limits
        self.roster = roster
        self.requests = requests
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard member == nil else { return }
        let member = ConnectionRoster.Member(context.channel)
        self.member = member
        roster.add(member)
        readDeadline = .now() + limits.head
        setTimer(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    private func stop() {
        timer.cancel()
        guard let member else { return }
        roster.remove(member)
        self.member = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasRead = true
        guard !isLeaving else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard exchange.takesRequests else { return }
            guard RequestRules.allow(head) else { return refuse(context, .badRequest) }
            startOfRequest = hasBegun ? startOfRequest : .now()
            hasBegun = false
            // After an offer to upgrade, the parser looks at nothing more.
            exchange.begin(
                isLast: !head.isKeepAlive || head.headers.contains(name: "upgrade")
                    || exchange.openRequests + 1 >= EdgeLimits.pipelinedRequests
            )
            expectsContinue = head.version == .http1_1 && head.headers.contains(name: "expect")
            stand(.busy, context)
            readDeadline = startOfRequest + limits.request
            context.fireChannelRead(data)
        case .body:
            guard exchange.isReading else { return }
            expectsContinue = false
            context.fireChannelRead(data)
        case .end:
            guard exchange.isReading else { return }
            expectsContinue = false
            exchange.complete()
            readDeadline = nil
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isLeaving {
            // Whoever decides otherwise whether to read may have lost interest.
            context.read()
        } else if exchange.isWaiting, !hasRead, !hasBegun {
            hasBegun = true
            startOfRequest = .now()
            // The time of a connection's first request runs already.
            if exchange.answers > 0 { readDeadline = startOfRequest + limits.head }
        }
        hasRead = false
        setTimer(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let fault = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !isLeaving, exchange.takesRequests || exchange.isReading else { return }
        refuse(context, fault == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest, fault)
    }

    /// Lets the server answer, in its turn, what is no request; its own word is always 400.
    func refuse(
        _ context: ChannelHandlerContext,
        _ status: HTTPResponseStatus,
        _ fault: HTTPParserError = .unknown
    ) {
        exchange.refuse(status)
        readDeadline = nil
        stand(.busy, context)
        context.fireErrorCaught(fault)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isLeaving else {
            // The client has been told that there is nothing more.
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            exchange.answer(&head, wantsEnd: isQuiescing || roster.isFull)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            if exchange.finishAnswer() {
                leave(context)
            } else if exchange.isWaiting {
                stand(.idle, context)
                hasBegun = false
                readDeadline = .now() + limits.idle
                setTimer(context)
            }
        }
    }

    /// Tells the client to send the body that it holds back, if it is that of the request that is being answered.
    func sendContinue(_ context: ChannelHandlerContext) {
        guard expectsContinue, exchange.openRequests == 1, !isLeaving else { return }
        expectsContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Closes our half after the last answer, and the rest when the client has done so too or its time is over.
    private func leave(_ context: ChannelHandlerContext) {
        isLeaving = true
        stand(.leaving, context)
        context.flush()
        context.close(mode: .output, promise: nil)
        readDeadline = .now() + (isQuiescing ? EdgeLimits.hastyFarewell : limits.farewell)
        setTimer(context)
        context.read()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isLeaving, context.channel.isActive else { return context.close(mode: mode, promise: promise) }
        switch mode {
        case .output: promise?.succeed()
        // It happens by itself, when the client has its answer.
        case .all: context.channel.closeFuture.cascade(to: promise)
        case .input: context.close(promise: promise)
        }
    }
}
