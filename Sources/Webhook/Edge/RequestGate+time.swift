internal import NIOCore
internal import NIOHTTP1

/// What the gate does when time passes, and when it is told to.
extension RequestGate {
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            writeDeadline = nil
            if !isLeaving { stand(exchange.isWaiting ? .idle : .busy, context) }
        } else {
            writeDeadline = .now() + (isQuiescing ? EdgeLimits.haste : limits.answer)
            stand(.leaving, context)
        }
        setTimer(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionRoster.MakeRoom:
            // A request may have come meanwhile.
            let isMissed = !exchange.isWaiting && !isLeaving && context.channel.isWritable
            guard let member else { return }
            if isMissed {
                exchange.end()
                roster.keep(member)
            } else if let grace = member.newcomersGrace {
                // Its request may be on the way.
                context.eventLoop.scheduleTask(deadline: grace) { member.close() }
            } else {
                context.close(promise: nil)
            }
            return
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            // Nobody asks for anything, or nobody will ever answer it.
            if !isLeaving, exchange.openRequests == 0 || !requests.isServed { return context.close(promise: nil) }
            // Whatever else lies in the pipe is not begun any more.
            exchange.end()
            let soon = NIODeadline.now() + (isLeaving ? EdgeLimits.hastyFarewell : EdgeLimits.haste)
            readDeadline = readDeadline.map { min($0, soon) }
            writeDeadline = writeDeadline.map { min($0, soon) }
            setTimer(context)
        case ChannelEvent.inputClosed as ChannelEvent where isLeaving:
            context.close(promise: nil)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Tells the roster how the connection stands; whoever does not read its answers is as good as gone.
    func stand(_ standing: ConnectionRoster.Member.Standing, _ context: ChannelHandlerContext) {
        let standing = context.channel.isWritable ? standing : .leaving
        member?.set(standing)
        if standing != .busy { roster.relieve() }
    }

    func setTimer(_ context: ChannelHandlerContext) {
        let deadline = min(readDeadline ?? .distantFuture, writeDeadline ?? .distantFuture)
        guard deadline < .distantFuture, member != nil else { return }
        timer.set(deadline, on: context.eventLoop) { self.lookAtClock(context) }
    }

    private func lookAtClock(_ context: ChannelHandlerContext) {
        timer.wokeUp()
        let now = NIODeadline.now()
        if let writeDeadline, writeDeadline <= now { return context.close(promise: nil) }
        if let readDeadline, readDeadline <= now {
            self.readDeadline = nil
            if isLeaving {
                context.close(promise: nil)
            } else if exchange.isReading {
                exchange.refuse(.requestTimeout)
                context.fireErrorCaught(RequestTooSlow())
            } else if hasBegun {
                refuse(context, .requestTimeout)
            } else {
                context.close(promise: nil)
            }
        }
        setTimer(context)
    }

    /// Tells the client at the other end of a connection to send the body that it holds back (RFC 9110, 10.1.1).
    ///
    /// To be called on the connection's event loop, on which its requests are answered: a moment later, it could be said
    /// of the next request.
    static func sendContinue(_ channel: any Channel) {
        // Without its handlers, the connection has been closed.
        guard let context = try? channel.pipeline.syncOperations.context(handlerType: RequestGate.self),
            let gate = context.handler as? RequestGate
        else { return }
        gate.sendContinue(context)
    }
}
