internal import HTTPEdge

/// The body of one push; read it only after its token has been verified.
struct PushBody {
    let request: EdgeRequest
    let capacity: PushCapacity

    /// Reads the whole body, if its type and size are ones Pub/Sub sends.
    ///
    /// - Throws: ``BodyFault`` if the body is not accepted or could not be read.
    func read(_ reservation: inout PushCapacity.Reservation) async throws(BodyFault) -> [UInt8] {
        guard Self.isJSON(request.values("content-type").joined(separator: ", ")) else { throw .notJSON }
        let encodings = request.values("content-encoding")
        guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else { throw .compressed }
        let length = request.values("content-length").first.map { Int($0) ?? .max }
        do throws(EdgeBody.Fault) {
            return try await request.body.collect(upTo: PushEnvelope.maximumBytes, length: length) {
                capacity.grow(&reservation, to: $0)
            }
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .noRoom: throw .noRoom
            case .cutShort: throw .cutShort
            case .tooSlow: throw .tooSlow
            }
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
package enum BodyFault: String, Error, Sendable {
    /// Its content type is not `application/json`.
    case notJSON = "not-json-content-type"
    /// It has a content encoding other than `identity`.
    case compressed = "compressed"
    /// It is larger than any body Pub/Sub sends.
    case tooLarge = "too-large"
    /// The bodies in progress use all the memory allowed.
    case noRoom = "no-room"
    /// The connection ended before the body did.
    case cutShort = "cut-short"
    /// It was not received in time.
    case tooSlow = "too-slow"
}
