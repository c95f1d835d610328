internal import GoogleCredentials
package import HTTPEdge
package import HTTPTransport
package import Logging
internal import PushEndpoint
package import ServiceLifecycle
package import Timestamps

/// The push endpoint with all its dependencies, as used by `serve`, the demo and the tests.
package struct PushService: Sendable {
    /// The services to run, in start order.
    package let services: [any Service]

    /// Builds the services from the settings.
    ///
    /// - Parameters:
    ///   - settings: The settings of `serve`.
    ///   - transport: The HTTP client; it must outlive the services.
    ///   - time: Source of wall-clock time and uptime, and of pauses.
    ///   - edge: The limits on what one client may use.
    ///   - logger: The logger for the audit trail.
    ///   - onListening: Called with the port once the server accepts requests.
    /// - Throws: `PushTokenPolicyError` if the settings name no account that may push; `CredentialsError` if
    ///   credentials were found that cannot be used.
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
        // Services shut down in reverse order: the limiter reports its counts last, when no request can add to them.
        services = [limiter] + (projectLookup.isNeeded ? [projectLookup] : []) + [server]
    }
}
