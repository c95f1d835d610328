package import HTTPEdge

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
