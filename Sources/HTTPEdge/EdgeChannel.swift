internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import ServiceLifecycle

/// HTTP/1.1 on one connection, as the child channel of HummingbirdCore's server: NIO's parser and pipelining, and limits
/// and deadlines for what one client may take.
///
/// The responder runs on the connection's event loop, unless it goes elsewhere.
package struct EdgeChannel: ServerChildChannel {
    /// Connections that wait to be accepted; beyond these, clients are kept waiting for seconds by their own system.
    private static let backlog = 4096

    private let limits: EdgeLimits
    private let date: @Sendable () -> String?
    private let respond: @Sendable (EdgeRequest) async -> EdgeResponse?

    /// A channel that hands requests to a responder, one at a time on each connection.
    ///
    /// - Parameters:
    ///   - limits: What one client may take.
    ///   - date: The value of an answer's `Date` (RFC 9110, 6.6.1); nil for none.
    ///   - respond: Answers a request; what it leaves of the body is thrown away. With nil the connection is reset.
    package init(
        limits: EdgeLimits = EdgeLimits(),
        date: @escaping @Sendable () -> String?,
        respond: @escaping @Sendable (EdgeRequest) async -> EdgeResponse?
    ) {
        (self.limits, self.date, self.respond) = (limits, date, respond)
    }

    /// A server with a cap on connections; its port (0 for any that is free) is reported once it listens.
    package func server(
        _ host: String,
        port: Int,
        connections: Int = .max,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) -> any Service {
        server(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port),
                backlog: Self.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(connections)
            ),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<EdgeConnection> {
        channel.eventLoop.makeCompletedFuture {
            var sizes = NIOHTTPDecoderLimitConfiguration()
            sizes.maxHeaderFieldSize = limits.headerFieldBytes
            sizes.maxHeaderListSize = limits.headerBytes
            sizes.maxHeaderFieldCount = limits.headerFields
            let decoder = HTTPRequestDecoder(limitConfiguration: sizes)
            let connection = Connection(channel, limits, date)
            // By hand, since the parser's limits do not count white space between a name and its value, all of which it
            // keeps: a header field and what is read at a time have room, and no more.
            try channel.pipeline.syncOperations.addHandlers(
                FirstHandler(connection),
                HTTPResponseEncoder(),
                ByteToMessageHandler(decoder, maximumBufferSize: 64 * 1024),
                HTTPServerPipelineHandler(),
                connection.parts
            )
            // A piece at a time, when the connection's task asks for it.
            let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16 * 1024)
            try channel.syncOptions?.setOption(.recvAllocator, value: reads)
            try channel.syncOptions?.setOption(.autoRead, value: false)
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            // What the system keeps. At the end of a connection, NIO reads all that has come.
            try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: 64 * 1024)
            try channel.syncOptions?.setOption(.socketOption(.so_rcvbuf), value: 128 * 1024)
            return EdgeConnection(channel: channel, connection: NIOLoopBound(connection, eventLoop: channel.eventLoop))
        }
    }

    package func handle(value: EdgeConnection, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
            await withTaskCancellationHandler {
                await value.connection.value.serve(respond)
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
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        // The server may have stopped taking connections before it took this one: nothing would ever serve it.
        if connection.isServed { connection.parts.shutDown() } else { context.close(promise: nil) }
    }
}

/// Runs a connection's tasks on the event loop that it belongs to, one step at a time between reads and writes.
///
/// Otherwise each step of a request that waits for anything would wake a thread of the task pool, and the answer the
/// event loop's again.
private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        // Runs exactly once, since the process's own event loops never end; the executor is kept until then.
        let job = UnownedJob(job)
        eventLoop.execute { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
