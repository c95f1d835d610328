internal import Logging
internal import NIOCore
internal import Service

#if canImport(Glibc)
    internal import Glibc
#endif

/// The process's file descriptors: each connection takes one, and so does each call to Google.
enum DescriptorLimit {
    /// What an event loop keeps open: epoll, a timer and an event.
    private static let perEventLoop = 3
    /// What the rest of the process keeps open: standard streams, the listening socket, libcurl's and libdispatch's own,
    /// signals.
    private static let fixed = 20
    /// What calls to Google may take, or half of what is left if that is less: each waits for another of its kind.
    private static let calls = 100

    /// Raises the limit as far as the system allows, and takes no more connections than there are descriptors for:
    /// without any, libdispatch ends the process, and no call to Google could be made.
    ///
    /// - Parameters:
    ///   - settings: Whose `maximumConnections` are lowered, if need be.
    ///   - limit: The limit; nil if the system does not say.
    ///   - logger: Told if they are.
    static func apply(to settings: inout Settings, limit: Int? = raise(), _ logger: Logger) {
        guard let limit else { return }
        let connections = connections(settings.maximumConnections, limit: limit)
        guard connections < settings.maximumConnections else { return }
        logger.warning(
            "MAX_CONNECTIONS is more than there are file descriptors for",
            metadata: [
                "event": "settings.descriptors", "limit": .stringConvertible(limit),
                "wanted": .stringConvertible(settings.maximumConnections),
                "connections": .stringConvertible(connections),
            ]
        )
        settings.maximumConnections = connections
    }

    /// How many connections are taken; those that are closing count until they are closed.
    static func connections(_ wanted: Int, limit: Int, eventLoops: Int = System.coreCount) -> Int {
        let left = max(0, limit - fixed - perEventLoop * eventLoops)
        return max(1, min(wanted, left - min(calls, left / 2)))
    }

    /// The limit after it has been raised; nil if the system does not say.
    static func raise() -> Int? {
        var limit = rlimit()
        // The pointers are to a local that outlives the calls.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
