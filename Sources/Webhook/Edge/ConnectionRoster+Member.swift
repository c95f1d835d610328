internal import NIOCore
internal import Synchronization

extension ConnectionRoster {
    /// One connection, as the roster sees it.
    final class Member: Sendable {
        /// What closing the connection would cost, least first.
        enum Standing: UInt8 {
            /// It has its last answer, or does not read its answers.
            case leaving
            /// It has not sent a whole request yet.
            case stranger
            /// It has been answered, and may send another request.
            case idle
            /// A request of its is being worked on: it stays.
            case busy
        }

        /// The standing in the lowest two bits, above it the time since when: one value, so that the two fit together.
        private let packed = Atomic<UInt64>(0)
        private let closing = Atomic(false)
        private let channel: any Channel

        init(_ channel: any Channel) {
            self.channel = channel
            set(.stranger)
        }

        /// Standing, and a number that is lower the longer it has been so.
        var standing: (Standing, since: UInt64) {
            let value = packed.load(ordering: .sequentiallyConsistent)
            return (Standing(rawValue: UInt8(value & 3)) ?? .busy, value >> 2)
        }

        func set(_ standing: Standing) {
            let value = NIODeadline.now().uptimeNanoseconds << 2 | UInt64(standing.rawValue)
            packed.store(value, ordering: .sequentiallyConsistent)
        }

        /// Until when a stranger has only just come; nil if there is no such time, or it is over.
        var newcomersGrace: NIODeadline? {
            let (standing, since) = standing
            let end = NIODeadline.uptimeNanoseconds(since) + EdgeLimits.newcomersGrace
            return standing == .stranger && end > .now() ? end : nil
        }

        /// It has been told to close.
        ///
        /// Changed by the roster alone, under its lock.
        var isClosing: Bool {
            get { closing.load(ordering: .relaxed) }
            set { closing.store(newValue, ordering: .relaxed) }
        }

        /// Tells the connection to close.
        ///
        /// Not at once: it may be the one that is speaking, with an answer that is written but not on its way yet.
        func close() {
            channel.eventLoop.execute { self.channel.pipeline.fireUserInboundEventTriggered(MakeRoom()) }
        }
    }

    /// Tells a connection to go, unless it has got work meanwhile.
    struct MakeRoom: Sendable {}
}
