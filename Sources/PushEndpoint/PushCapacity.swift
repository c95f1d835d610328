internal import Synchronization

/// How many pushes are worked on at a time, and how many bytes of theirs are in memory.
///
/// A push beyond that is answered with 503 at once, and costs no more than its token.
package final class PushCapacity: Sendable {
    /// What one push takes.
    struct Reservation {
        fileprivate(set) var bytes = 0
    }

    private struct Taken {
        var pushes = 0
        var bytes = 0
    }

    private let pushes: Int
    private let bytes: Int
    private let taken = Mutex(Taken())

    /// Three of the largest bodies, or thousands of JIT Access's; once read, a body takes about twice its size.
    package static let bodyBytes = 48 * 1024 * 1024

    /// Capacity for this many pushes, and for this many bytes of their bodies.
    package init(pushes: Int, bytes: Int = bodyBytes) {
        self.pushes = pushes
        self.bytes = bytes
    }

    /// Takes a reservation, to be given back with ``release(_:)``; nil if there is none.
    func reserve() -> Reservation? {
        taken.withLock { taken in
            guard taken.pushes < pushes else { return nil }
            taken.pushes += 1
            return Reservation()
        }
    }

    /// Makes room for more bytes of a body.
    ///
    /// - Returns: Whether there was some; if not, the reservation is as it was.
    func grow(_ reservation: inout Reservation, to bytes: Int) -> Bool {
        let more = bytes - reservation.bytes
        guard more > 0 else { return true }
        let hasRoom = taken.withLock { taken in
            guard taken.bytes + more <= self.bytes else { return false }
            taken.bytes += more
            return true
        }
        if hasRoom { reservation.bytes = bytes }
        return hasRoom
    }

    /// Gives a reservation back.
    func release(_ reservation: Reservation) {
        taken.withLock { taken in
            taken.pushes -= 1
            taken.bytes -= reservation.bytes
        }
    }
}
