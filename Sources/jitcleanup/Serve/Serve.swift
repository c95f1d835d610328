internal import ArgumentParser
internal import GoogleCredentials
internal import HTTPTransport
internal import Logging
internal import NIOPosix
internal import Service
internal import ServiceLifecycle
internal import Timestamps
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#endif

/// `jitcleanup serve`: the push endpoint.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer Pub/Sub's pushes (the default).",
        discussion: """
            Examples:
              PUSH_AUDIENCE=https://jitcleanup-123.europe-west1.run.app \\
              PUSH_SERVICE_ACCOUNT=pusher@my-project.iam.gserviceaccount.com \\
              jitcleanup serve

            Ends on SIGTERM or SIGINT, when what is in flight is done or handed back to Pub/Sub; on a second signal at once.
            """
    )

    /// In-flight requests have so long after a signal; Cloud Run kills the process after 10 s.
    private static let shutdownTime: Duration = .milliseconds(7500)

    func run() async throws {
        // Meanwhile, since OpenSSL and the event loops' threads take their time to get ready.
        async let eventLoops = MultiThreadedEventLoopGroup.singleton
        async let connecting = CurlTransport(CurlSettings(userAgent: "jitcleanup/\(programVersion)"))
        var settings = try loadSettings { environment throws(SettingsFaults) in
            try Settings(environment: environment, isTerminal: LogOutput.isTerminal)
        }
        let logger = settings.logFormat.logger(level: settings.logLevel)
        DescriptorLimit.apply(to: &settings, logger)
        // First of all: a signal that comes before is as good as lost on a process with the number 1.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let deadline = ShutdownDeadline(after: [SIGTERM, SIGINT])
        defer { withExtendedLifetime(deadline) {} }
        let transport = try await connecting
        _ = await eventLoops
        // libdispatch opens its timers' descriptors with the first wait, and ends the process where there are none left.
        try? await Task.sleep(for: .nanoseconds(1))
        do {
            let service = try PushService(settings: settings, transport: transport, time: .system, logger: logger)
            var configuration = ServiceGroupConfiguration(services: service.services, logger: LogFormat.quiet(logger))
            configuration.maximumGracefulShutdownDuration = Self.shutdownTime
            try await ServiceGroup(configuration: configuration).run(until: signals)
        } catch let error as CredentialsError {
            await transport.stop()
            ProcessEnvironment.printError("jitcleanup cannot start: its Google Cloud credentials cannot be used")
            for line in error.lines { CommandOutput.note("  \(line)") }
            throw ExitCode(EX.usage)
        } catch {
            await transport.stop()
            logger.critical("Stopped by an error", metadata: ["event": "service.failed", "detail": "\(error)"])
            throw ExitCode.failure
        }
        await transport.stop()
        logger.notice("Stopped", metadata: ["event": "service.stopped"])
    }
}
