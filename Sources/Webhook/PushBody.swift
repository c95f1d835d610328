internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The body of one push, which is not read before its token has been believed.
struct PushBody {
    /// What became of it.
    enum Outcome {
        case bytes([UInt8])
        case fault(BodyFault)
        /// There is no memory for it now.
        case noRoom
    }

    let request: Request
    let places: PushPlaces
    /// Asks for a body that is only sent on demand.
    let sendContinue: @Sendable () -> Void

    /// Reads the whole body, if it is of a kind and size that Pub/Sub sends.
    ///
    /// How long that may take is the gate's affair.
    func read(_ place: inout PushPlaces.Place) async -> Outcome {
        let contentType = request.headers[.contentType] ?? ""
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        guard mediaType == "application/json" else { return .fault(.notJSON) }
        let encodings = request.headers[values: .contentEncoding]
        guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else { return .fault(.compressed) }
        let length = request.headers[.contentLength].map { Int($0) ?? .max }
        if let length, length > PushEnvelope.maximumBytes { return .fault(.tooLarge) }
        guard places.widen(&place, to: length ?? 0) else { return .noRoom }
        if request.headers[.expect] != nil { sendContinue() }
        do {
            var body: [UInt8] = []
            body.reserveCapacity(length ?? 0)
            for try await part in request.body {
                let count = body.count + part.readableBytes
                guard count <= PushEnvelope.maximumBytes else { return .fault(.tooLarge) }
                guard places.widen(&place, to: count) else { return .noRoom }
                body.append(contentsOf: part.readableBytesView)
            }
            // A connection that is closed ends the body like a complete one.
            guard length == nil || body.count == length else { return .fault(.cutShort) }
            return .bytes(body)
        } catch is RequestTooSlow {
            return .fault(.tooSlow)
        } catch {
            return .fault(.cutShort)
        }
    }
}

/// Why a body was not taken.
enum BodyFault: String, Error {
    case notJSON = "not-json-content-type"
    case compressed = "compressed"
    case tooLarge = "too-large"
    case cutShort = "cut-short"
    case tooSlow = "too-slow"
}
