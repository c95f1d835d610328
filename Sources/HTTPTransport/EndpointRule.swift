/// Which URLs may be given as settings.
package enum EndpointRule {
    /// Whether requests may go to a URL: `https`, or `http` on loopback addresses and to the metadata server.
    package static func allows(_ url: String) -> Bool {
        do throws(TransportError) {
            _ = try RequestURL(url, plainTextHosts: [])
            return true
        } catch {
            return false
        }
    }
}
