internal import CCurl
internal import Glibc

/// libcurl's multi interface: all transfers of one thread.
///
/// Not thread-safe, but for ``wake()``. Its owner closes it, once, after the last transfer was removed.
@safe
struct CurlMulti {
    /// How long ``wait()`` sleeps when there is nothing to wait for; libcurl shortens it for its own timers.
    private static let longestPoll: Int32 = 60_000

    private let handle: UnsafeMutableRawPointer  // <CURLM>

    /// A set of transfers with no transfer in it.
    ///
    /// - Parameters:
    ///   - connectionsPerHost: How many connections to one host are open at the same time.
    ///   - connections: How many connections are open at the same time in all.
    /// - Throws: ``TransportError/cannotConnect(_:)`` if libcurl cannot be had.
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

    // The handle is alive in all of these, since `close` is the last call.

    /// Closes all connections and frees the handle.
    func close() {
        _ = unsafe curl_multi_cleanup(handle)
    }

    /// Adds a transfer; false if libcurl refuses it.
    func add(_ easy: CurlEasy) -> Bool {
        unsafe curl_multi_add_handle(handle, easy.handle) == CURLM_OK
    }

    /// Takes a transfer out, finished or not; always before the easy handle is freed.
    func remove(_ easy: CurlEasy) {
        _ = unsafe curl_multi_remove_handle(handle, easy.handle)
    }

    /// Does what can be done without waiting; false if libcurl itself failed.
    func perform() -> Bool {
        var running: Int32 = 0
        return unsafe curl_multi_perform(handle, &running) == CURLM_OK
    }

    /// The next transfer that has come to its end, with how it ended.
    func nextFinished() -> (id: Int, code: CURLcode)? {
        var remaining: Int32 = 0
        // The message is valid until its easy handle is removed; everything is copied out of it here.
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

    /// Sleeps until a socket is ready, a timer of libcurl's runs out, or ``wake()`` is called.
    func wait() {
        // No descriptors besides libcurl's own are waited for.
        if unsafe curl_multi_poll(handle, nil, 0, Self.longestPoll, nil) != CURLM_OK {
            // Out of memory or of descriptors: the caller tries again, but not in a tight loop.
            usleep(10_000)
        }
    }

    /// Ends the current or the next ``wait()``; from any thread.
    func wake() {
        _ = unsafe curl_multi_wakeup(handle)
    }
}
