internal import NIOHTTP1

/// The distributed trace a request belongs to, so that Cloud Logging groups its lines.
///
/// Read from `traceparent` (W3C Trace Context), else from `X-Cloud-Trace-Context`
/// (https://cloud.google.com/run/docs/logging, "Correlate your container logs with a request log").
struct TraceContext: Equatable {
    /// 32 lower-case hexadecimal digits.
    let traceID: String
    /// 16 lower-case hexadecimal digits; nil unless the trace came from `traceparent`.
    let spanID: String?

    init?(_ headers: HTTPHeaders) {
        if let header = headers.first(name: "traceparent") {
            // Version 00 has exactly these four parts, later ones may have more (W3C Trace Context, 3.2.2 and 4.3);
            // invalid values are ignored.
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            if parts.count == 4 || parts.count > 4 && parts[0] != "00", parts[0] != "ff",
                Self.isHex(parts[0], digits: 2),
                Self.isID(parts[1], digits: 32), Self.isID(parts[2], digits: 16), Self.isHex(parts[3], digits: 2)
            {
                (traceID, spanID) = (String(parts[1]), String(parts[2]))
                return
            }
        }
        guard let header = headers.first(name: "x-cloud-trace-context"),
            case let trace = header.prefix(while: { $0 != "/" && $0 != ";" }).lowercased(),
            Self.isID(trace[...], digits: 32)
        else { return nil }
        (traceID, spanID) = (trace, nil)
    }

    /// Cloud Logging's special fields; empty without the project ID.
    func logFields(project: String?) -> [(name: String, value: String)] {
        guard let project else { return [] }
        let trace = ("logging.googleapis.com/trace", "projects/\(project)/traces/\(traceID)")
        return spanID.map { [trace, ("logging.googleapis.com/spanId", $0)] } ?? [trace]
    }

    /// Whether an ID has exactly this many lower-case hexadecimal digits, not all of them zero.
    private static func isID(_ text: Substring, digits: Int) -> Bool {
        isHex(text, digits: digits) && text.utf8.contains { $0 != UInt8(ascii: "0") }
    }

    private static func isHex(_ text: Substring, digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
