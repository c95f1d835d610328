internal import CCurl
internal import Glibc

/// libcurl's multi interface: all transfers of one thread.
///
/// Not thread-safe, except for ``wake()``. The owner calls ``close()`` once, after the last transfer is removed.
@safe
struct CurlMulti {
    /// The longest sleep of ``wait()``, in milliseconds, with nothing to do; libcurl shortens it for its own timers.
    private static let longestPoll: Int32 = 60_000

    private let handle: UnsafeMutableRawPointer  // <CURLM>

    /// Creates a multi handle without transfers.
    ///
    /// - Parameters:
    ///   - connectionsPerHost: The most open connections to one host.
    ///   - connections: The most open connections in total.
    /// - Throws: ``TransportError/cannotConnect(_:)`` if libcurl cannot be initialized.
    init(connectionsPerHost: Int, connections: Int) throws(TransportError) {
        guard CurlLibrary.isReady, let handle = unsafe curl_multi_init() else {
            throw .cannotConnect("libcurl cannot be initialised")
        }
        unsafe self.handle = handle
        let settings = [
            (CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)),
            (CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost),
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, connections),
            (CURLMOPT_MAXCONNECTS, connections),
        ]
        for (option, value) in settings {
            guard unsafe ccurl_multi_set_long(handle, option, value) == CURLM_OK else {
                close()
                throw .cannotConnect("libcurl refuses a setting")
            }
        }
    }

    // The handle is valid in all of these, since `close` is the last call.

    /// Closes all connections and frees the handle.
    func close() {
        _ = unsafe curl_multi_cleanup(handle)
    }

    /// Adds a transfer; false if libcurl refuses it.
    func add(_ easy: CurlEasy) -> Bool {
        unsafe curl_multi_add_handle(handle, easy.handle) == CURLM_OK
    }

    /// Removes a transfer, finished or not; must come before the easy handle is freed.
    func remove(_ easy: CurlEasy) {
        _ = unsafe curl_multi_remove_handle(handle, easy.handle)
    }

    /// Does the work that needs no waiting; false if libcurl itself failed.
    func perform() -> Bool {
        var running: Int32 = 0
        return unsafe curl_multi_perform(handle, &running) == CURLM_OK
    }

    /// The next finished transfer, with its result.
    func nextFinished() -> (id: Int, code: CURLcode)? {
        var remaining: Int32 = 0
        // The message is valid until its easy handle is removed; everything needed is copied here.
        while let message = unsafe curl_multi_info_read(handle, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            var id: UInt = 0
            guard unsafe ccurl_easy_get_identifier(easy, &id) == CURLE_OK else { continue }
            return unsafe (Int(bitPattern: id), message.pointee.data.result)
        }
        return nil
    }

    /// Sleeps until a socket is ready, a libcurl timer fires, or ``wake()`` is called.
    func wait() {
        // Waits on libcurl's own descriptors only.
        if unsafe curl_multi_poll(handle, nil, 0, Self.longestPoll, nil) != CURLM_OK {
            // Out of memory or descriptors: the caller tries again, but not in a tight loop.
            usleep(10_000)
        }
    }

    /// Ends the current or next ``wait()``; callable from any thread.
    func wake() {
        _ = unsafe curl_multi_wakeup(handle)
    }
}
