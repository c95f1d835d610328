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

    let request: IncomingRequest
    let channel: (any Channel)?
    let places: PushPlaces

    /// Reads the whole body, if it is of a kind and size that Pub/Sub sends.
    ///
    /// How long that may take is the gate's affair.
    func read(_ place: inout PushPlaces.Place) async -> Outcome {
        guard Self.isJSON(request.value("content-type") ?? "") else { return .fault(.notJSON) }
        let encodings = request.values("content-encoding")
        guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else { return .fault(.compressed) }
        let length = request.value("content-length").map { Int($0) ?? .max }
        if let length, length > PushEnvelope.maximumBytes { return .fault(.tooLarge) }
        guard places.widen(&place, to: length ?? 0) else { return .noRoom }
        if let channel, !request.values("expect").isEmpty { RequestGate.sendContinue(channel) }
        do {
            var body: [UInt8] = []
            body.reserveCapacity(length ?? 0)
            if case .whole(let bytes) = request.body {
                guard places.widen(&place, to: bytes.count) else { return .noRoom }
                return .bytes(bytes)
            }
            while let part = try await nextPart() {
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

    private func nextPart() async throws -> ByteBuffer? {
        switch request.body {
        case .arriving(let requests): try await requests.value.nextOfBody()
        case .whole: nil
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
package enum BodyFault: String, Error, Sendable {
    /// Its content type is not JSON's.
    case notJSON = "not-json-content-type"
    /// It has a content encoding.
    case compressed = "compressed"
    /// It is larger than any that Pub/Sub sends.
    case tooLarge = "too-large"
    /// The connection ended before the body did.
    case cutShort = "cut-short"
    /// It did not come in its time.
    case tooSlow = "too-slow"
}
