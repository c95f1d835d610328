internal import CCurl

/// Collects one response within its bounds, fed by libcurl's callbacks.
final class ResponseSink {
    /// The most header lines accepted, interim responses (1xx) included.
    static let maximumHeaderLines = 128
    /// The most header bytes accepted, interim responses included.
    static let maximumHeaderBytes = 32 * 1024

    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    /// Whether the response was cut off because of its size.
    private(set) var isTooLarge = false

    private let maximumBody: Int
    private var headerLines = 0
    private var headerBytes = 0
    /// Whether the header section is complete.
    ///
    /// libcurl treats a connection that closes in the middle of it as an empty response.
    private(set) var hasWholeHeader = false

    init(maximumBody: Int) {
        self.maximumBody = maximumBody
    }

    /// Appends a chunk of the body; false if it exceeds the limit.
    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maximumBody - body.count else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// Appends a raw header line; false if it exceeds the limit.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        headerLines += 1
        headerBytes += bytes.count
        guard headerLines <= Self.maximumHeaderLines, headerBytes <= Self.maximumHeaderBytes else {
            isTooLarge = true
            return false
        }
        take(unsafe String(decoding: bytes, as: UTF8.self))
        return true
    }

    private func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // A new response begins, final or interim: earlier header fields do not belong to it.
            headers = []
            hasWholeHeader = false
            return
        }
        // By bytes: CR LF is a single Character.
        let bytes = line.utf8.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if bytes.isEmpty {
            // Trailer fields must not be mistaken for header fields (RFC 9110, section 6.5.1).
            hasWholeHeader = true
            return
        }
        guard !hasWholeHeader, let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > bytes.startIndex else {
            return
        }
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = bytes.first, !isBlank(first) else { return }
        let untrimmed = bytes[bytes.index(after: colon)...].drop(while: isBlank)
        let value = untrimmed.prefix(through: untrimmed.lastIndex { !isBlank($0) })
        headers.append((String(Substring(bytes[..<colon])).lowercased(), String(Substring(value))))
    }
}

extension Substring.UTF8View {
    /// The part up to and including the index; empty if the index is nil.
    fileprivate func prefix(through last: Index?) -> Substring.UTF8View {
        guard let last else { return self[startIndex..<startIndex] }
        return self[...last]
    }
}

// libcurl calls these two on its own thread, inside `curl_multi_perform`. They are global functions because closures
// formed in an isolated context trap when C calls them.

/// CURLOPT_WRITEFUNCTION.
func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ sink: UnsafeMutableRawPointer?
) -> Int {
    unsafe deliver(bytes, size * count, sink) { unsafe $0.receive(body: $1) }
}

/// CURLOPT_HEADERFUNCTION.
func receiveHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ sink: UnsafeMutableRawPointer?
) -> Int {
    unsafe deliver(bytes, size * count, sink) { unsafe $0.receive(headerLine: $1) }
}

private func deliver(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ count: Int,
    _ sink: UnsafeMutableRawPointer?,
    _ receive: (ResponseSink, UnsafeRawBufferPointer) -> Bool
) -> Int {
    guard let sink = unsafe sink else { return count == 0 ? 1 : 0 }
    // `CurlEasy` points this at the sink it retains; libcurl's buffer is valid until this function returns.
    let target = unsafe Unmanaged<ResponseSink>.fromOpaque(sink).takeUnretainedValue()
    let isTaken = unsafe receive(target, UnsafeRawBufferPointer(start: bytes, count: count))
    // Any count other than the one offered makes libcurl abort the transfer.
    return isTaken ? count : (count == 0 ? 1 : 0)
}
