internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1

/// HTTP/1.1 on one connection, as the child channel of HummingbirdCore's server: NIO's parser and pipelining, and limits
/// and deadlines for what one client may take.
///
/// The responder runs on the connection's event loop, unless it goes elsewhere.
package struct EdgeChannel: ServerChildChannel {
    package typealias Value = EdgeConnection

    private let limits: EdgeLimits
    private let date: @Sendable () -> String?
    private let respond: @Sendable (EdgeRequest) async -> EdgeResponse

    /// A channel that hands requests to a responder, one at a time on each connection.
    ///
    /// - Parameters:
    ///   - limits: What one client may take.
    ///   - date: The value of an answer's `Date` (RFC 9110, 6.6.1); nil for none.
    ///   - respond: Answers a request; what it leaves of the body is thrown away.
    package init(
        limits: EdgeLimits = EdgeLimits(),
        date: @escaping @Sendable () -> String?,
        respond: @escaping @Sendable (EdgeRequest) async -> EdgeResponse
    ) {
        self.limits = limits
        self.date = date
        self.respond = respond
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var sizes = NIOHTTPDecoderLimitConfiguration()
            sizes.maxHeaderFieldSize = limits.headerFieldBytes
            sizes.maxHeaderListSize = limits.headerBytes
            sizes.maxHeaderFieldCount = limits.headerFields
            let connection = Connection(limits, date)
            // By hand, since the parser's limits do not count white space between a name and its value, all of which it
            // keeps.
            try channel.pipeline.syncOperations.addHandlers(
                FirstHandler(connection),
                HTTPResponseEncoder(),
                ByteToMessageHandler(
                    HTTPRequestDecoder(limitConfiguration: sizes),
                    maximumBufferSize: EdgeLimits.unparsedBytes
                ),
                HTTPServerPipelineHandler(),
                connection
            )
            let options = channel.syncOptions
            let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: EdgeLimits.readBytes)
            try options?.setOption(.recvAllocator, value: reads)
            // Whether there is room is asked before each piece.
            try options?.setOption(.maxMessagesPerRead, value: 1)
            try options?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(EdgeLimits.answerBytes))
            // At the end of a connection, NIO reads all that the system has.
            try options?.setOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(EdgeLimits.receivedBytes))
            return EdgeConnection(channel: channel, connection: NIOLoopBound(connection, eventLoop: channel.eventLoop))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
            await withTaskCancellationHandler {
                let connection = value.connection.value
                while let head = await connection.nextHead() {
                    await connection.write(await respond(EdgeRequest(head: head, body: EdgeBody(of: value.connection))))
                }
            } onCancel: {
                channel.close(promise: nil)
            }
            // The server must not let go of a connection that is still open.
            try? await channel.closeFuture.get()
        }
    }
}

/// A connection that has been accepted.
package struct EdgeConnection: ServerChildChannelValue {
    package let channel: any Channel
    let connection: NIOLoopBound<Connection>
}

/// Tells a connection that the server shuts down, in the place of NIO's pipelining, which would wait for slow clients; and
/// throws away what comes after the last answer, all of which the parser may keep.
private final class FirstHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !connection.isLeaving { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { return connection.quiesce() }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Runs a connection's tasks on the event loop that it belongs to, one step at a time between reads and writes.
///
/// Otherwise each step of a request that waits for anything would wake a thread of the task pool, and the answer the
/// event loop's again.
private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        // Runs exactly once, since the process's own event loops never end; the executor is kept until then.
        let job = UnownedJob(job)
        eventLoop.execute { [self] in
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
