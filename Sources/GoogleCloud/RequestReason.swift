internal import HTTPTransport

/// The text for `x-goog-request-reason`, which ends up in the audit log
/// (https://docs.cloud.google.com/apis/docs/system-parameters).
enum RequestReason {
    /// The longest text sent, in bytes.
    static let maximumBytes = 200

    /// The text with everything but printable ASCII percent-encoded, cut to ``maximumBytes``; nil if nothing is left.
    ///
    /// Some of it comes from messages, so it must not be able to end the header line. The per cent sign is encoded too,
    /// so the text can be decoded again.
    static func headerValue(_ text: String) -> String? {
        var result = ""
        for scalar in text.unicodeScalars {
            let isPlain = (0x20...0x7E).contains(scalar.value) && scalar != "%"
            let piece = isPlain ? String(scalar) : String(scalar).utf8.map { PercentEncoding.encode($0) }.joined()
            guard result.utf8.count + piece.utf8.count <= maximumBytes else { break }
            // Spaces at either end would not survive the transport.
            if result.isEmpty, piece == " " { continue }
            result += piece
        }
        while result.utf8.last == UInt8(ascii: " ") { result.removeLast() }
        return result.isEmpty ? nil : result
    }
}
