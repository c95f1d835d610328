internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import ServiceLifecycle

/// HTTP/1.1 on one connection, with limits and deadlines per client: the child channel of HummingbirdCore's server.
///
/// The responder runs on the connection's event loop, unless it switches to another executor.
package struct EdgeChannel: ServerChildChannel {
    /// The backlog of connections waiting to be accepted; beyond it, clients' TCP stacks retry for seconds.
    private static let backlog = 4096

    private let limits: EdgeLimits
    private let date: @Sendable () -> String?
    private let respond: @Sendable (EdgeRequest) async -> EdgeResponse?

    /// A channel that hands requests to a responder, one at a time on each connection.
    ///
    /// - Parameters:
    ///   - limits: Limits per client.
    ///   - date: The value of the `Date` field (RFC 9110, 6.6.1); nil for none.
    ///   - respond: Answers a request; any unread body is discarded. Returning nil resets the connection.
    package init(
        limits: EdgeLimits = EdgeLimits(),
        date: @escaping @Sendable () -> String?,
        respond: @escaping @Sendable (EdgeRequest) async -> EdgeResponse?
    ) {
        (self.limits, self.date, self.respond) = (limits, date, respond)
    }

    /// A server with a cap on connections; reports its port once it listens (port 0 picks a free one).
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
            // Added by hand, since the parser's own limits do not count whitespace between a field's name and its
            // value, and it buffers all of it: this leaves room for one header field plus one read, and no more.
            try channel.pipeline.syncOperations.addHandlers(
                FirstHandler(connection),
                HTTPResponseEncoder(),
                ByteToMessageHandler(decoder, maximumBufferSize: 64 * 1024),
                connection.parts
            )
            // One chunk at a time, as the connection's task asks for them.
            let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16 * 1024)
            try channel.syncOptions?.setOption(.recvAllocator, value: reads)
            try channel.syncOptions?.setOption(.autoRead, value: false)
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            // The kernel's send buffer. When a connection ends, NIO reads everything that has arrived.
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
            // The server must not release a connection that is still open.
            try? await channel.closeFuture.get()
        }
    }
}

package struct EdgeConnection: ServerChildChannelValue {
    package let channel: any Channel
    let connection: NIOLoopBound<Connection>
}

/// Signals a shutdown to a connection; discards input after the last response, which the parser could buffer endlessly.
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
        // The server may have stopped accepting connections before it took this one, which would then never be served.
        if connection.isServed { connection.parts.shutDown() } else { context.close(promise: nil) }
    }
}

/// Runs a connection's tasks on its own event loop, one step at a time between reads and writes.
///
/// Otherwise each step of a request that suspends would wake a thread of the task pool, and its response would wake the
/// event loop again.
private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        // Runs exactly once, since the process's event loops never end; the executor is retained until then.
        let job = UnownedJob(job)
        eventLoop.execute { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
