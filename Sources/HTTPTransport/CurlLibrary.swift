internal import CCurl
internal import COpenSSL

/// libcurl's process-wide state.
enum CurlLibrary {
    /// Whether OpenSSL and libcurl are ready; the first access initializes them, on any thread.
    ///
    /// They are never torn down: OpenSSL's own exit handler would run while the transport's thread may still be in the
    /// middle of TLS (swift-corelibs-foundation #5469), so it is kept from being registered. That must be OpenSSL's
    /// very first call, and `curl_global_init` makes others.
    static let isReady: Bool = {
        guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1 else { return false }
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()
}
