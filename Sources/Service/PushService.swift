internal import GoogleCredentials
package import HTTPEdge
package import HTTPTransport
package import Logging
internal import PushEndpoint
package import ServiceLifecycle
package import Timestamps

/// The push endpoint with all that it needs: the same for `serve`, for the demo and for the tests.
package struct PushService: Sendable {
    /// What has to run, in the order in which it starts.
    package let services: [any Service]

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - transport: The network; it must outlive the services.
    ///   - time: The clocks.
    ///   - edge: What one client may take.
    ///   - logger: Where the audit trail goes.
    ///   - onListening: Told the port once requests are taken.
    /// - Throws: `PushTokenPolicyError` if the settings name no account that may push; `CredentialsError` if there are
    ///   credentials on this machine that cannot be used.
    package init(
        settings: Settings,
        transport: any Transport,
        time: TimeSource,
        edge: EdgeLimits = EdgeLimits(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let parts = PushServiceParts(settings: settings, transport: transport, time: time, logger: logger)
        let credentials = try parts.findCredentials()
        let limiter = LogRateLimiter(logger: logger, time: time)
        let projectLookup = parts.makeProjectLookup()
        let handler = try parts.makeHandler(credentials, limiter, traceProject: projectLookup.project)
        let server = parts.makeServer(PushResponder(handler: handler), edge) { port in
            parts.logStart(port: port, credentials: credentials.description)
            onListening(port)
        }
        // They shut down in reverse order: the log's counts come last, when no request can add to them.
        var all = [NamedService("log rate limiter", limiter)]
        if projectLookup.isNeeded { all.append(NamedService("project lookup", projectLookup)) }
        all.append(NamedService("server", server))
        services = all
    }
}
