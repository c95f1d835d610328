internal import CCurl

extension CURLcode {
    /// libcurl's own description, which holds nothing of the request.
    var text: String {
        // The pointer is to a constant string.
        guard let text = unsafe curl_easy_strerror(self) else { return "libcurl error \(rawValue)" }
        return unsafe String(cString: text)
    }
}

extension TransportError {
    /// What a failed transfer means to the caller.
    ///
    /// - Parameters:
    ///   - code: How libcurl says that it ended; not `CURLE_OK`.
    ///   - mayHaveSent: Whether any byte of the request may have left.
    ///   - authority: The host and port, the only part of the request that is told.
    init(_ code: CURLcode, mayHaveSent: Bool, authority: String) {
        let text = "\(code.text) (\(authority))"
        switch code {
        case CURLE_FILESIZE_EXCEEDED:
            self = .tooLarge
        case CURLE_OPERATION_TIMEDOUT where mayHaveSent:
            self = .timedOut
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
            // "Unsupported protocol" is also an answer that is not HTTP.
            self = mayHaveSent ? .interrupted(text) : .invalidRequest(text)
        default:
            // Name look-up, refusal, TLS, out of time: whatever it was, it came before the request or it did not.
            self = mayHaveSent ? .interrupted(text) : .cannotConnect(text)
        }
    }
}
