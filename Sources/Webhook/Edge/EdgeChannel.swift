internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1

/// HTTP/1.1 on one connection: NIO's parser, the gate, and the queue of what passes it.
package struct EdgeChannel: ServerChildChannel {
    package typealias Value = EdgeConnection

    private let responder: PushResponder
    private let limits: EdgeLimits
    private let roster: ConnectionRoster

    /// A channel that hands requests to a responder.
    ///
    /// - Parameters:
    ///   - responder: What answers them.
    ///   - limits: What one client may take.
    ///   - roster: All connections.
    package init(_ responder: PushResponder, limits: EdgeLimits, roster: ConnectionRoster) {
        self.responder = responder
        self.limits = limits
        self.roster = roster
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var sizes = NIOHTTPDecoderLimitConfiguration()
            sizes.maxHeaderFieldSize = limits.headerFieldBytes
            sizes.maxHeaderListSize = limits.headerBytes
            sizes.maxHeaderFieldCount = limits.headerFields
            // Answers hold no text of anybody else's, and order and errors are the gate's and the queue's affair.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false,
                withOutboundHeaderValidation: false,
                withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
                withDecoderLimitConfiguration: sizes
            )
            let requests = RequestQueue()
            try pipeline.addHandlers(RequestGate(limits, roster, requests), requests)
            let options = channel.syncOptions
            let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: EdgeLimits.readBytes)
            try options?.setOption(.recvAllocator, value: reads)
            // Whether there is room is asked before each piece.
            try options?.setOption(.maxMessagesPerRead, value: 1)
            try options?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(EdgeLimits.answerBytes))
            return EdgeConnection(channel: channel, requests: NIOLoopBound(requests, eventLoop: channel.eventLoop))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
            await withTaskCancellationHandler {
                await value.requests.value.serve(refusal: responder.refusal) { head in
                    let request = IncomingRequest(head: head, body: .arriving(value.requests))
                    return await responder.respond(to: request, on: channel)
                }
            } onCancel: {
                channel.close(mode: .input, promise: nil)
            }
            try? await channel.closeFuture.get()
        }
    }
}

/// A connection that has been accepted, and the queue of its requests.
package struct EdgeConnection: ServerChildChannelValue {
    package let channel: any Channel
    let requests: NIOLoopBound<RequestQueue>
}
