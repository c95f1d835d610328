internal import Glibc
internal import Logging
internal import Service

/// The process's file descriptor limit: each connection uses one descriptor, and so does each call to Google.
enum DescriptorLimit {
    /// Limits connections to half of the descriptors: when they run out, no call to Google is possible, and libdispatch
    /// aborts the process.
    ///
    /// - Parameters:
    ///   - settings: The settings whose `maximumConnections` is lowered if necessary.
    ///   - limit: The descriptor limit, by default raised as far as the system allows; nil if unknown.
    ///   - logger: Gets a warning if `maximumConnections` is lowered.
    static func apply(to settings: inout Settings, limit: Int? = raise(), _ logger: Logger) {
        guard let limit else { return }
        let connections = max(1, limit / 2)
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

    /// Raises the soft limit to the hard limit and returns the result; nil if the limit is unknown.
    static func raise() -> Int? {
        var limit = rlimit()
        // The pointers refer to locals that outlive the calls.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
