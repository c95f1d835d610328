internal import ArgumentParser
internal import Glibc
internal import GoogleCredentials
internal import HTTPTransport
internal import Logging
internal import Service
internal import ServiceLifecycle
internal import Timestamps
internal import UnixSignals

/// `jitcleanup serve`: runs the push endpoint.
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

    /// How long requests in flight may continue after a signal; Cloud Run kills the process after 10 s.
    private static let shutdownTime: Duration = .milliseconds(7500)

    func run() async throws {
        var settings = try loadSettings { environment throws(SettingsFaults) in
            try Settings(environment: environment, isTerminal: LogOutput.isTerminal)
        }
        let logger = settings.logFormat.logger(level: settings.logLevel)
        DescriptorLimit.apply(to: &settings, logger)
        // Trapped early: a process with ID 1 ignores signals that arrive before.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let deadline = ShutdownDeadline(after: [SIGTERM, SIGINT])
        defer { withExtendedLifetime(deadline) {} }
        let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup/\(programVersion)"))
        do {
            let service = try PushService(settings: settings, transport: transport, time: .system, logger: logger)
            var configuration = ServiceGroupConfiguration(services: service.services, logger: LogFormat.quiet(logger))
            configuration.maximumGracefulShutdownDuration = Self.shutdownTime
            let group = ServiceGroup(configuration: configuration)
            // The group's own signal handling would swallow the second signal.
            try await signals.watch {
                await group.triggerGracefulShutdown()
            } second: { signal in
                // The exit code by which a shell reports a process killed by a signal. Nothing is lost: an unanswered
                // push is redelivered.
                _exit(128 + signal.rawValue)
            } during: {
                try await group.run()
            }
        } catch let error as CredentialsError {
            await transport.stop()
            ProcessEnvironment.printError("jitcleanup cannot start: its Google Cloud credentials cannot be used")
            for line in error.lines { CommandOutput.note("  \(line)") }
            throw ExitCode.validationFailure
        } catch {
            await transport.stop()
            logger.critical("Stopped by an error", metadata: ["event": "service.failed", "detail": "\(error)"])
            throw ExitCode.failure
        }
        await transport.stop()
        logger.notice("Stopped", metadata: ["event": "service.stopped"])
    }
}
