internal import CCurl

/// A validated request, with everything libcurl needs to know about it.
struct PreparedRequest: Sendable {
    /// The longest time limit passed to libcurl; longer ones are capped.
    private static let longestTime: Duration = .seconds(3600)

    let url: RequestURL
    let maximumResponseBytes: Int
    private let method: TransportRequest.Method
    private let headerLines: [String]
    private let body: [UInt8]
    private let connectMilliseconds: Int
    private let totalMilliseconds: Int
    private let mayBeRepeated: Bool
    private let settings: CurlSettings

    /// Validates a request.
    init(_ request: TransportRequest, _ settings: CurlSettings) throws(TransportError) {
        url = try RequestURL(validating: request.url)
        headerLines = try HeaderLines.make(request.headers)
        method = request.method
        mayBeRepeated = request.mayBeRepeated
        body = request.body
        if method == .get, !body.isEmpty { throw .invalidRequest("GET with a body") }
        guard request.limits.total > .zero, request.limits.connect > .zero else {
            throw .cannotConnect("no time left")
        }
        maximumResponseBytes = max(0, request.limits.responseBytes)
        connectMilliseconds = Self.milliseconds(request.limits.connect)
        totalMilliseconds = Self.milliseconds(request.limits.total)
        self.settings = settings
    }

    /// Sets libcurl's options; certificate checks keep their default, on.
    func configure(_ easy: CurlEasy) throws(TransportError) {
        try easy.set(CURLOPT_URL, url.text)
        try easy.set(CURLOPT_PATH_AS_IS, 1)
        try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_FOLLOWLOCATION, 0)
        try easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        // Wait for a TLS handshake that may negotiate HTTP/2 instead of opening a connection per request. Without TLS
        // libcurl would wait for the first response, so a missing one would block all others.
        try easy.set(CURLOPT_PIPEWAIT, url.isSecure ? 1 : 0)
        // libcurl retries a request on a reused connection that got no response, but never on a fresh one.
        try easy.set(CURLOPT_FRESH_CONNECT, mayBeRepeated ? 0 : 1)
        try easy.set(CURLOPT_TCP_KEEPALIVE, 1)
        try easy.set(CURLOPT_USERAGENT, settings.userAgent)
        if let file = settings.certificateAuthorities { try easy.set(CURLOPT_CAINFO, file) }
        if url.isLocal { try easy.set(CURLOPT_NOPROXY, "*") }
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try easy.setHeaders(headerLines)
        switch method {
        case .get: try easy.set(CURLOPT_HTTPGET, 1)
        case .post: try easy.setBody(body)
        }
        try configureBounds(easy)
    }

    private func configureBounds(_ easy: CurlEasy) throws(TransportError) {
        try easy.set(CURLOPT_NOSIGNAL, 1)
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, connectMilliseconds)
        try easy.set(CURLOPT_TIMEOUT_MS, totalMilliseconds)
        // The first of two bounds, for responses with a declared length; the sink has the second. 0 would mean no
        // limit.
        try easy.set(CURLOPT_MAXFILESIZE_LARGE, offset: max(1, maximumResponseBytes))
        // Do not wait for an abandoned DNS lookup: it would block all other transfers. Its thread ends by itself and
        // frees its memory.
        try easy.set(CURLOPT_QUICK_EXIT, 1)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = min(duration, longestTime).components
        // Rounded up, since 0 would mean libcurl's default.
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
