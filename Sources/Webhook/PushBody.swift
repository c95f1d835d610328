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
    let channel: (any Channel)?
    let places: PushPlaces

    /// Reads the whole body, if it is of a kind and size that Pub/Sub sends.
    ///
    /// How long that may take is the gate's affair.
    func read(_ place: inout PushPlaces.Place) async -> Outcome {
        guard Self.isJSON(request.headers[.contentType] ?? "") else { return .fault(.notJSON) }
        let encodings = request.headers[values: .contentEncoding]
        guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else { return .fault(.compressed) }
        let length = request.headers[.contentLength].map { Int($0) ?? .max }
        if let length, length > PushEnvelope.maximumBytes { return .fault(.tooLarge) }
        guard places.widen(&place, to: length ?? 0) else { return .noRoom }
        if let channel, request.headers[.expect] != nil { RequestGate.sendContinue(channel) }
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

    private static func isJSON(_ contentType: String) -> Bool {
        // As Pub/Sub writes it.
        if contentType == "application/json" { return true }
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        return mediaType == "application/json"
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
