/// Settings of a ``CurlTransport``, fixed for its lifetime.
package struct CurlSettings: Sendable {
    /// The `User-Agent` field: `jitcleanup/1.0.0`.
    package var userAgent: String
    /// Hosts that plain `http` may go to besides loopback and the metadata server; they also bypass any proxy.
    package var plainTextHosts: Set<String>
    /// A PEM file of certificate authorities to use instead of the system's; nil for the system's.
    package var certificateAuthorities: String?
    /// The most open connections to one host; further requests wait.
    package var maximumConnectionsPerHost: Int
    /// The most open connections in total.
    package var maximumConnections: Int

    /// Creates settings; host names may be in any case.
    package init(
        userAgent: String,
        plainTextHosts: Set<String> = [],
        certificateAuthorities: String? = nil,
        maximumConnectionsPerHost: Int = 8,
        maximumConnections: Int = 64
    ) {
        self.userAgent = userAgent
        self.plainTextHosts = Set(plainTextHosts.map { $0.lowercased() })
        self.certificateAuthorities = certificateAuthorities
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.maximumConnections = maximumConnections
    }
}
