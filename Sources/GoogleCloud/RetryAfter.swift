internal import HTTPTransport
internal import Timestamps

/// The `Retry-After` field (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// The longest wait passed on, in seconds.
    static let maximumSeconds: Int64 = 3600

    /// The wait that a response asks for.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - now: The time to use if the response has no `Date`.
    /// - Returns: Seconds; nil if the field is missing or malformed.
    static func seconds(_ response: TransportResponse, now: Instant) -> Int64? {
        guard let text = response.header("retry-after"), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Int64(text) ?? maximumSeconds, maximumSeconds)
        }
        guard let then = Instant(httpDate: text) else { return nil }
        let start = response.header("date").flatMap { Instant(httpDate: $0) } ?? now
        return min(start.wholeSeconds(until: then), maximumSeconds)
    }
}
