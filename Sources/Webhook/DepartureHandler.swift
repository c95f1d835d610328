internal import Cleanup
package import NIOCore

/// Notices, on one connection, that the other side has closed it, or its sending half.
///
/// Pub/Sub and Cloud Run keep both halves open while they wait for an answer. It is there from the connection's
/// beginning, since a client can go away before its push is held; reads and writes pass it by.
package final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = NIOAny

    private var hasGone = false
    private var onDeparture: (@Sendable () -> Void)?

    /// A handler for one connection.
    package init() {}

    fileprivate func watch(_ onDeparture: @escaping @Sendable () -> Void) {
        guard !hasGone else { return onDeparture() }
        self.onDeparture = onDeparture
    }

    fileprivate func stopWatching() {
        onDeparture = nil
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { tell() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        tell()
        context.fireChannelInactive()
    }

    private func tell() {
        hasGone = true
        onDeparture?()
        onDeparture = nil
    }
}

extension PushSender {
    /// The client at the other end of a connection that has a ``DepartureHandler``.
    init(_ channel: any Channel) {
        self.init { onDeparture in
            channel.eventLoop.execute {
                // A pipeline without its handlers is that of a connection that has been closed for good.
                guard let handler = try? channel.pipeline.syncOperations.handler(type: DepartureHandler.self) else {
                    return onDeparture()
                }
                handler.watch(onDeparture)
            }
            // Runs after the above, since an event loop keeps the order.
            return {
                channel.eventLoop.execute {
                    try? channel.pipeline.syncOperations.handler(type: DepartureHandler.self).stopWatching()
                }
            }
        }
    }
}
