/// Which URLs may be given as settings.
package enum EndpointRule {
    /// Whether requests may go to a URL: `https`, or `http` on loopback addresses and to the metadata server.
    package static func allows(_ url: String) -> Bool {
        target(of: url) != nil
    }

    /// Where requests to a URL go; nil if none may.
    package static func target(of url: String) -> EndpointTarget? {
        do throws(TransportError) {
            let url = try RequestURL(url, plainTextHosts: [])
            return EndpointTarget(
                host: url.host,
                authority: url.authority,
                pathAndQuery: url.pathAndQuery,
                isLoopback: RequestURL.isLoopback(url.host)
            )
        } catch {
            return nil
        }
    }
}

/// The parts of a URL that requests may go to.
package struct EndpointTarget: Hashable, Sendable {
    /// The host in lower case, an IPv6 address in its brackets.
    package let host: String
    /// The host and, where one is given, the port.
    package let authority: String
    /// All that follows; empty, or it begins with a slash or a question mark.
    package let pathAndQuery: String
    /// Whether the host is this machine itself.
    package let isLoopback: Bool
}
