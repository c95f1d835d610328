internal import CCurl

/// One libcurl easy handle with the lists it points to.
///
/// Must be removed from the multi handle before its last reference is released.
@safe
final class CurlEasy {
    /// Valid for the lifetime of this object.
    let handle: UnsafeMutableRawPointer  // <CURL>
    /// libcurl does not copy the list, so it is kept here.
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// Retained for libcurl's callbacks.
    private var sink: ResponseSink?

    init() throws(TransportError) {
        guard let handle = unsafe curl_easy_init() else { throw .cannotConnect("out of memory") }
        unsafe self.handle = handle
    }

    deinit {
        // In this order: the handle points to the list.
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
    }

    // The handle is valid in all of these; libcurl copies strings and bodies before each call returns.

    func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(unsafe ccurl_easy_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, offset value: Int) throws(TransportError) {
        try check(unsafe ccurl_easy_set_offset(handle, option, curl_off_t(value)))
    }

    func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        try check(unsafe ccurl_easy_set_string(handle, option, value))
    }

    /// The ID by which ``CurlMulti/nextFinished()`` reports this transfer.
    func setIdentifier(_ id: Int) throws(TransportError) {
        try check(unsafe ccurl_easy_set_identifier(handle, UInt(bitPattern: id)))
    }

    /// Makes the request a POST with this body, which may contain NUL and may be empty.
    func setBody(_ bytes: [UInt8]) throws(TransportError) {
        try set(CURLOPT_POST, 1)
        // The size must be set first: it says how much COPYPOSTFIELDS copies.
        try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: bytes.count)
        let code = unsafe bytes.withUnsafeBytes { bytes in
            // An empty array may have no base address, and null would mean "read the body from a callback".
            guard let address = bytes.baseAddress else {
                return unsafe ccurl_easy_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, "")
            }
            return unsafe ccurl_easy_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, address)
        }
        try check(code)
    }

    /// Sets the header lines; call once.
    func setHeaders(_ lines: [String]) throws(TransportError) {
        for line in lines {
            guard let longer = unsafe curl_slist_append(headers, line) else { throw .cannotConnect("out of memory") }
            unsafe headers = longer
        }
        guard let headers = unsafe headers else { return }
        try check(unsafe ccurl_easy_set_list(handle, CURLOPT_HTTPHEADER, headers))
    }

    /// Sets where the response goes.
    func setSink(_ sink: ResponseSink) throws(TransportError) {
        self.sink = sink
        // Unretained: this object holds the sink as long as the handle lives.
        let pointer = unsafe Unmanaged.passUnretained(sink).toOpaque()
        try check(unsafe ccurl_easy_set_pointer(handle, CURLOPT_WRITEDATA, pointer))
        try check(unsafe ccurl_easy_set_pointer(handle, CURLOPT_HEADERDATA, pointer))
        try check(unsafe ccurl_easy_set_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(unsafe ccurl_easy_set_callback(handle, CURLOPT_HEADERFUNCTION, receiveHeaderLine))
    }

    /// The HTTP status code; 0 if there is no response.
    var status: Int {
        var status = 0
        guard unsafe ccurl_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK else { return 0 }
        return status
    }

    /// Whether any byte of the request may have been sent: a connection was open, or bytes were written.
    var mayHaveSent: Bool {
        var requestBytes = 0
        var connected: curl_off_t = 0
        guard unsafe ccurl_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &requestBytes) == CURLE_OK,
            unsafe ccurl_easy_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &connected) == CURLE_OK
        else { return true }
        return requestBytes > 0 || connected > 0
    }

    private func check(_ code: CURLcode) throws(TransportError) {
        guard code == CURLE_OK else { throw .invalidRequest("libcurl refuses a setting: \(code.text)") }
    }
}
