package import HTTPEdge
internal import Synchronization

/// The body of one push; read it only after its token has been verified.
struct PushBody {
    let request: EdgeRequest
    let capacity: PushCapacity

    /// Reads the whole body, if its type and size are ones Pub/Sub sends.
    ///
    /// - Throws: ``BodyFault`` if the body is not accepted or could not be read.
    func read(_ reservation: inout PushCapacity.Reservation) async throws(BodyFault) -> [UInt8] {
        guard Self.isJSON(request.head.values("content-type").joined(separator: ", ")) else { throw .notJSON }
        let encodings = request.head.values("content-encoding")
        guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else { throw .compressed }
        do throws(EdgeBody.Fault) {
            return try await request.body.collect(upTo: PushEnvelope.maximumBytes) {
                capacity.grow(&reservation, to: $0)
            }
        } catch {
            throw .unread(error)
        }
    }

    private static func isJSON(_ contentType: String) -> Bool {
        // Fast path: this is how Pub/Sub writes it.
        if contentType == "application/json" { return true }
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        return mediaType == "application/json"
    }
}

/// Why a body was not accepted.
package enum BodyFault: Error, Sendable {
    /// Its content type is not `application/json`.
    case notJSON
    /// It has a content encoding other than `identity`.
    case compressed
    /// It is too large, or could not be received.
    case unread(EdgeBody.Fault)

    /// The reason for the log.
    package var reason: String {
        switch self {
        case .notJSON: "not-json-content-type"
        case .compressed: "compressed"
        case .unread(let fault): fault.rawValue
        }
    }
}

/// Limits the pushes in progress and the bytes of their bodies in memory.
///
/// Beyond that, a push gets 503 at once, and costs no more than verifying its token.
package final class PushCapacity: Sendable {
    /// The share of the capacity held by one push.
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

    /// The default limit on body bytes: room for three of the largest bodies, or thousands of JIT Access's; once
    /// parsed, a body takes about twice its size.
    package static let bodyBytes = 48 * 1024 * 1024

    /// Creates a capacity for this many pushes, and this many bytes of their bodies.
    package init(pushes: Int, bytes: Int = bodyBytes) {
        self.pushes = pushes
        self.bytes = bytes
    }

    /// Makes a reservation, to be released with ``release(_:)``; nil if the limit on pushes is reached.
    func reserve() -> Reservation? {
        taken.withLock { taken in
            guard taken.pushes < pushes else { return nil }
            taken.pushes += 1
            return Reservation()
        }
    }

    /// Grows a reservation to this many bytes in total.
    ///
    /// - Returns: Whether there was room; if not, the reservation is unchanged.
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

    func release(_ reservation: Reservation) {
        taken.withLock { taken in
            taken.pushes -= 1
            taken.bytes -= reservation.bytes
        }
    }
}
