internal import Synchronization

/// How many pushes are worked on at a time, and how many bytes of theirs are in memory.
///
/// Who finds no place is answered with 503 at once, and costs no more than its token.
package final class PushPlaces: Sendable {
    /// What one push takes.
    struct Place {
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

    /// Places for so many pushes and so many bytes of their bodies.
    package init(pushes: Int, bytes: Int = bodyBytes) {
        self.pushes = pushes
        self.bytes = bytes
    }

    /// Takes a place, to be given back with ``leave(_:)``; nil if there is none.
    func enter() -> Place? {
        taken.withLock { taken in
            guard taken.pushes < pushes else { return nil }
            taken.pushes += 1
            return Place()
        }
    }

    /// Makes room for more bytes of a body.
    ///
    /// - Returns: Whether there was some; if not, the place is as it was.
    func widen(_ place: inout Place, to bytes: Int) -> Bool {
        let more = bytes - place.bytes
        guard more > 0 else { return true }
        let hasRoom = taken.withLock { taken in
            guard taken.bytes + more <= self.bytes else { return false }
            taken.bytes += more
            return true
        }
        if hasRoom { place.bytes = bytes }
        return hasRoom
    }

    /// Gives a place back.
    func leave(_ place: Place) {
        taken.withLock { taken in
            taken.pushes -= 1
            taken.bytes -= place.bytes
        }
    }
}
