package import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1

/// Hummingbird's HTTP/1.1, with a gate between its parser and everything else.
package struct EdgeChannel: ServerChildChannel {
    package typealias Value = EdgeConnection

    private let http: HTTP1Channel
    private let limits: EdgeLimits
    private let roster: ConnectionRoster

    /// A channel that hands requests to a responder.
    package init(_ responder: @escaping HTTPChannelHandler.Responder, limits: EdgeLimits, roster: ConnectionRoster) {
        // The idle time is the gate's affair.
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [DepartureHandler()],
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.headerFieldBytes,
                    maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields
                )
            )
        )
        self.limits = limits
        self.roster = roster
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { [limits, roster] value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let claim = EdgeConnection.Claim()
            try pipeline.addHandler(RequestGate(limits, roster, claim), position: .after(parser))
            let options = channel.syncOptions
            let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: EdgeLimits.readBytes)
            try options?.setOption(.recvAllocator, value: reads)
            try options?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(EdgeLimits.answerBytes))
            return EdgeConnection(value, claim)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        guard value.claim.take() else { return }
        await http.handle(value: value.http, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// A server whose connections keep to the given limits.
    package static func edge(limits: EdgeLimits, roster: ConnectionRoster) -> HTTPServerBuilder {
        HTTPServerBuilder { EdgeChannel($0, limits: limits, roster: roster) }
    }
}
