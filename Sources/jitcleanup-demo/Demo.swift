internal import ArgumentParser
internal import HTTPTransport
internal import LocalCloud
internal import Logging
internal import Service
internal import Timestamps

/// The main job of the service on this machine, with nothing from Google Cloud.
@main
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jitcleanup-demo",
        abstract: "Show the service at work on this machine, with nothing from Google Cloud.",
        discussion: """
            Starts a stand-in for Google's services and the push endpoint itself on loopback addresses, puts a \
            realistic IAM policy there, publishes messages of JIT Access, and shows each delivery and what becomes of \
            the policy. Ends with 0 if the outcome is right, and with 1 otherwise.

            Examples:
              jitcleanup-demo
              jitcleanup-demo --emulator        # through the real Pub/Sub emulator
              jitcleanup-demo --tasks           # waiting in Cloud Tasks
              jitcleanup-demo --keep-running    # leave it up, to try things with curl and gcloud
            """,
        version: programVersion
    )

    @Flag(help: "Send the messages through the real Pub/Sub emulator (gcloud and Java must be installed).")
    var emulator = false

    @Flag(help: "Let notices wait in Cloud Tasks (a stand-in) instead of being refused.")
    var tasks = false

    @Flag(help: "Leave everything up afterwards, and print commands to try, until Ctrl-C.")
    var keepRunning = false

    @Flag(help: "Show the service's own log lines too.")
    var verbose = false

    func run() async throws {
        let screen = DemoScreen(usesColor: LogOutput.isTerminal)
        let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup-demo/\(programVersion)"))
        let isRight: Bool
        do {
            isRight = try await play(on: screen, transport)
        } catch {
            await transport.stop()
            screen.fail("\(error)")
            throw ExitCode.failure
        }
        await transport.stop()
        if !isRight { throw ExitCode.failure }
    }

    /// Most of its activations ended long ago, so their messages are old too.
    private static var options: LocalCloudOptions {
        var options = LocalCloudOptions()
        options.messageAgeSeconds = 3600
        return options
    }

    private func play(on screen: DemoScreen, _ transport: CurlTransport) async throws -> Bool {
        guard emulator else {
            return try await withLocalCloud(Self.options, transport: transport) { cloud in
                try await play(on: screen, cloud, transport, PubSubStandIn(cloud))
            }
        }
        let environment = ProcessEnvironment.variables
        guard let tools = EmulatorTools.find(path: environment["PATH"] ?? "") else {
            throw ValidationError("--emulator: \(EmulatorTools.advice)")
        }
        screen.say("Starting the Pub/Sub emulator (\(tools.emulator)) ...")
        return try await withTemporaryFolder { folder in
            try await withPubSubEmulator(tools, folder: folder) { emulator in
                try await withLocalCloud(Self.options, transport: transport) { cloud in
                    try await play(on: screen, cloud, transport, PubSubInEmulator(emulator, cloud, transport))
                }
            }
        }
    }

    private func play(
        on screen: DemoScreen,
        _ cloud: LocalCloud,
        _ transport: CurlTransport,
        _ pubSub: any DemoPubSub
    ) async throws -> Bool {
        let settings = try Settings(
            environment: cloud.environment.merging(DemoScene.settings(cloud, tasks: tasks)) { $1 },
            isTerminal: true
        )
        let logger =
            verbose
            ? settings.logFormat.logger(level: .info)
            : Logger(label: "quiet") { _ in
                SwiftLogNoOpLogHandler()
            }
        return try await withPushService(settings, transport: transport, logger: logger) { port in
            cloud.tasks.createQueue(DemoScene.queue)
            cloud.tasks.setTarget("http://127.0.0.1:\(port)/push")
            try await pubSub.subscribe(pushingTo: "http://127.0.0.1:\(port)/push")
            // Only now: making a subscription in the emulator takes seconds, and the scene's times count from here.
            let scene = DemoScene(now: TimeSource.system.now(), waitsOneAtATime: emulator, tasks: tasks)
            let isRight = try await DemoPlay(scene: scene, cloud: cloud, pubSub: pubSub, screen: screen).run()
            if keepRunning { await DemoInvitation(cloud: cloud, pubSub: pubSub, port: port, screen: screen).wait() }
            return isRight
        }
    }
}
