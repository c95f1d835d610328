/// What a ``CurlTransport`` is told once.
package struct CurlSettings: Sendable {
    /// The `User-Agent` field: `jitcleanup/1.0.0`.
    package var userAgent: String
    /// Hosts that `http` may go to besides loopback and the metadata server; no proxy is used for them either.
    package var plainTextHosts: Set<String>
    /// A PEM file of certificate authorities in place of the system's; nil for the system's.
    package var certificateAuthorities: String?
    /// How many connections to one host may be open at the same time; further requests wait.
    package var maximumConnectionsPerHost: Int
    /// How many connections may be open at the same time in all.
    package var maximumConnections: Int

    /// Settings; host names in any case.
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
