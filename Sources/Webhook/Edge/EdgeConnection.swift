internal import HummingbirdCore
package import NIOCore
internal import Synchronization

/// A connection that has been accepted, and whether anybody serves it.
///
/// At shutdown the server drops what it has accepted last, and NIO ends the whole process if such a connection goes out of
/// scope unserved. So each is kept until it is closed, and put away properly then.
package struct EdgeConnection: ServerChildChannelValue {
    /// Taken by the one who serves the connection, or who puts it away.
    final class Claim: Sendable {
        private let taken = Atomic(false)

        /// Whether somebody has it.
        var isTaken: Bool { taken.load(ordering: .relaxed) }

        /// Takes it, unless somebody else has.
        func take() -> Bool {
            !taken.exchange(true, ordering: .relaxed)
        }
    }

    let http: HTTP1Channel.Value
    let claim: Claim

    package var channel: any Channel { http.channel }

    init(_ http: HTTP1Channel.Value, _ claim: Claim) {
        self.http = http
        self.claim = claim
        http.channel.closeFuture.whenComplete { _ in
            guard claim.take() else { return }
            Task { try? await http.executeThenClose { _, _ in } }
        }
    }
}
