internal import Timestamps

/// Where pushes wait whose activation ends soon, so that it is cleaned at its end instead of at the next delivery.
///
/// A held push costs a suspended task and no thread; their number is bounded, since each one also occupies one of
/// Cloud Run's concurrent requests.
package actor HoldingRoom {
    /// How many pushes are held at a time, unless told otherwise.
    package static let defaultCapacity = 64

    /// How a wait ended.
    package enum Wait: Sendable, Equatable {
        /// The time has passed.
        case over
        /// It would have been too long, or the room was full.
        case notHeld
        /// The service is shutting down, or the caller has gone.
        case interrupted
    }

    private let longestSeconds: Int64
    private let capacity: Int
    private let sleep: @Sendable (Duration) async throws -> Void
    private var held = 0

    /// A room.
    ///
    /// - Parameters:
    ///   - longestSeconds: The longest wait; 0 holds nothing.
    ///   - capacity: How many may wait at a time.
    ///   - sleep: How to wait; it throws when the wait is to end at once, as at shutdown.
    package init(
        longestSeconds: Int64,
        capacity: Int = defaultCapacity,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.longestSeconds = longestSeconds
        self.capacity = capacity
        self.sleep = sleep
    }

    /// Waits so many seconds if that is allowed.
    package func hold(seconds: Int64) async -> Wait {
        guard seconds <= longestSeconds, held < capacity else { return .notHeld }
        held += 1
        defer { held -= 1 }
        do {
            try await sleep(.seconds(seconds))
            return .over
        } catch {
            return .interrupted
        }
    }
}
