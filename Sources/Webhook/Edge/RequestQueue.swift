package import NIOCore
package import NIOHTTP1

/// The inner end of a connection's pipeline: keeps the parts of its requests until the task that answers them, one after
/// the other, asks for them.
///
/// Everything happens on the connection's event loop, on which the task runs too, so there is nothing to lock and nobody
/// to wake.
package final class RequestQueue: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// With so many parts, or bytes, nothing more is read from the connection until some have been asked for.
    private static let mostParts = 16
    private static let mostBytes = 4 * EdgeLimits.readBytes

    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPServerRequestPart>()
    private var bytes = 0
    /// What went wrong with what comes after the parts.
    private var fault: (any Error)?
    /// Nothing comes after the parts and the fault.
    private var hasEnded = false
    /// The latest request's body has not been read to its end.
    private var isInBody = false
    /// Reading waits until there is room.
    private var isReadHeld = false
    /// The task, which waits for something to happen.
    private var waiter: CheckedContinuation<Void, Never>?
    /// Whether there is a task that answers the requests.
    private(set) var isServed = false

    // MARK: The connection's side

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .body(let body) = part { bytes += body.readableBytes }
        parts.append(part)
        wake()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fault = fault ?? error
        wake()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { end() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        wake()
        context.fireChannelWritabilityChanged()
    }

    package func read(context: ChannelHandlerContext) {
        if isFull { isReadHeld = true } else { context.read() }
    }

    private var isFull: Bool { parts.count >= Self.mostParts || bytes >= Self.mostBytes }

    private func end() {
        hasEnded = true
        wake()
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    // MARK: The task's side

    /// Answers the connection's requests until there are no more.
    ///
    /// - Parameters:
    ///   - refusal: The answer to what is no request.
    ///   - answer: Answers one request; what it leaves of the body is thrown away.
    func serve(
        refusal: () -> HTTPResponseHead,
        _ answer: (HTTPRequestHead) async -> HTTPResponseHead
    ) async {
        isServed = true
        do {
            while let head = try await nextHead() { await write(await answer(head)) }
        } catch is HTTPParserError {
            // The gate knows better what was wrong.
            await write(refusal())
        } catch {
            context?.close(promise: nil)
        }
        context?.close(mode: .output, promise: nil)
    }

    private func nextHead() async throws -> HTTPRequestHead? {
        while let part = try await next() {
            guard case .head(let head) = part else { continue }
            isInBody = true
            return head
        }
        return nil
    }

    /// The next part of the latest request's body; nil at its end, and at the end of a connection that was closed.
    ///
    /// - Throws: ``RequestTooSlow``, or the parser's error.
    func nextOfBody() async throws -> ByteBuffer? {
        guard isInBody, case .some(.body(let part)) = try await next() else {
            isInBody = false
            return nil
        }
        return part
    }

    private func next() async throws -> HTTPServerRequestPart? {
        while parts.isEmpty {
            if let fault {
                self.fault = nil
                hasEnded = true
                throw fault
            }
            if hasEnded { return nil }
            await somethingHappens()
        }
        let part = parts.removeFirst()
        if case .body(let body) = part { bytes -= body.readableBytes }
        if isReadHeld, !isFull {
            isReadHeld = false
            context?.read()
        }
        return part
    }

    /// Writes an answer, and waits while the client leaves so many unread that there is no room for more.
    private func write(_ head: HTTPResponseHead) async {
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
        context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        while let channel = context?.channel, channel.isActive, !channel.isWritable { await somethingHappens() }
    }

    private func somethingHappens() async {
        await withCheckedContinuation { waiter = $0 }
    }
}
