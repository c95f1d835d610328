internal import CCurl

extension CURLcode {
    /// libcurl's own description; contains nothing from the request.
    var text: String {
        // Points to a constant string.
        guard let text = unsafe curl_easy_strerror(self) else { return "libcurl error \(rawValue)" }
        return unsafe String(cString: text)
    }
}

extension TransportError {
    /// Maps a failed transfer to what it means to the caller.
    ///
    /// - Parameters:
    ///   - code: libcurl's result; not `CURLE_OK`.
    ///   - mayHaveSent: Whether any byte of the request may have been sent.
    ///   - authority: The host and port, the only part of the request that errors reveal.
    init(_ code: CURLcode, mayHaveSent: Bool, authority: String) {
        let text = "\(code.text) (\(authority))"
        switch code {
        case CURLE_FILESIZE_EXCEEDED:
            self = .tooLarge
        case CURLE_OPERATION_TIMEDOUT where mayHaveSent:
            self = .timedOut
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
            // libcurl also reports a response that is not HTTP as "unsupported protocol".
            self = mayHaveSent ? .interrupted(text) : .invalidRequest(text)
        default:
            // DNS, refused connection, TLS, timeout: whichever it was, what matters is whether the request was already
            // sent.
            self = mayHaveSent ? .interrupted(text) : .cannotConnect(text)
        }
    }
}
