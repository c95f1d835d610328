internal import NIOHTTP1

/// Which distributed trace a request belongs to, so that Cloud Logging shows its lines together.
///
/// From `traceparent` (W3C Trace Context) or else `X-Cloud-Trace-Context`
/// (https://cloud.google.com/run/docs/logging, "Correlate your container logs with a request log").
struct TraceContext: Equatable {
    /// 32 lower-case hexadecimal digits.
    let traceID: String
    /// 16 lower-case hexadecimal digits, where the header gives them in that form.
    let spanID: String?

    init?(_ headers: HTTPHeaders) {
        if let header = headers.first(name: "traceparent") {
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            if parts.count >= 4, let trace = Self.hex(parts[1], digits: 32), let span = Self.hex(parts[2], digits: 16) {
                (traceID, spanID) = (trace, span)
                return
            }
        }
        guard let header = headers.first(name: "x-cloud-trace-context"),
            let trace = Self.hex(header.prefix { $0 != "/" && $0 != ";" }, digits: 32)
        else { return nil }
        (traceID, spanID) = (trace, nil)
    }

    /// The special fields of Cloud Logging; none without the project's ID.
    func logFields(project: String?) -> [(name: String, value: String)] {
        guard let project else { return [] }
        let trace = ("logging.googleapis.com/trace", "projects/\(project)/traces/\(traceID)")
        return spanID.map { [trace, ("logging.googleapis.com/spanId", $0)] } ?? [trace]
    }

    private static func hex(_ text: Substring, digits: Int) -> String? {
        let lowered = text.lowercased()
        guard lowered.utf8.count == digits, lowered.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            return nil
        }
        return lowered
    }
}
