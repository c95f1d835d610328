internal import Logging

#if canImport(Glibc)
    internal import Glibc
#endif

/// The process's file descriptors: each connection takes one, and so does each call to Google.
enum DescriptorLimit {
    /// So many are kept for everything but connections, or half of them if there are few.
    static let reserve = 128

    /// Raises the limit as far as the system allows, and takes no more connections than there are descriptors for:
    /// without any, no call to Google could be made.
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

    /// How many connections are taken.
    static func connections(_ wanted: Int, limit: Int) -> Int {
        max(1, min(wanted, limit - min(reserve, limit / 2)))
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
