internal import Logging
internal import Service

#if canImport(Glibc)
    internal import Glibc
#endif

/// The process's file descriptors: each connection takes one, and so does each call to Google.
enum DescriptorLimit {
    /// Raises the limit as far as the system allows, and lets connections take half of it: without a descriptor, no call to
    /// Google can be made, and libdispatch ends the process.
    ///
    /// - Parameters:
    ///   - settings: Whose `maximumConnections` are lowered, if need be.
    ///   - limit: The limit; nil if the system does not say.
    ///   - logger: Told if they are.
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
