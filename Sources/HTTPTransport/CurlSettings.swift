/// Settings of a ``CurlTransport``, fixed for its lifetime.
package struct CurlSettings: Sendable {
    /// The `User-Agent` field: `jitcleanup/1.0.0`.
    package var userAgent: String
    /// A PEM file of certificate authorities to use instead of the system's; nil for the system's.
    package var certificateAuthorities: String?
    /// The most open connections to one host; further requests wait.
    package var maximumConnectionsPerHost: Int
    /// The most open connections in total.
    package var maximumConnections: Int

    package init(
        userAgent: String,
        certificateAuthorities: String? = nil,
        maximumConnectionsPerHost: Int = 8,
        maximumConnections: Int = 64
    ) {
        self.userAgent = userAgent
        self.certificateAuthorities = certificateAuthorities
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.maximumConnections = maximumConnections
    }
}
