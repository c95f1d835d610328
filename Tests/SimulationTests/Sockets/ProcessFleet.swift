import HTTPTransport
import LocalCloud
import Subprocess
import Synchronization
import SystemPackage
import Timestamps

/// Processes of the service that come and go as planned, by real signals.
final class ProcessFleet: Fleet {
    /// Cloud Run ends a process ten seconds after its signal.
    private static let shutdownTime: Duration = .seconds(10)
    /// So many of each instance's newest log lines are kept.
    private static let keptLines = 30

    private struct State {
        var urls: [String?]
        var lines: [[String]]
    }

    private let plan: Plan
    private let program: FilePath
    private let client: any Transport
    private let ledger: Ledger
    private let time: TimeSource
    private let state: Mutex<State>
    /// For each instance, what ends with the simulation.
    private let closings: [(stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)]

    /// - Parameters:
    ///   - plan: When they end.
    ///   - program: The binary.
    ///   - client: What pushes are sent with.
    ///   - time: The time.
    ///   - ledger: What is told of everything.
    init(
        _ plan: Plan,
        _ program: FilePath,
        _ client: any Transport,
        time: TimeSource,
        ledger: Ledger
    ) {
        self.plan = plan
        self.program = program
        self.client = client
        self.time = time
        self.ledger = ledger
        let none = [String?](repeating: nil, count: Plan.instances)
        state = Mutex(State(urls: none, lines: none.map { _ in [] }))
        closings = none.map { _ in AsyncStream.makeStream() }
    }

    /// The newest log lines of all instances.
    var logTail: String {
        state.withLock { state in
            state.lines.enumerated().map { "instance \($0):\n" + $1.joined(separator: "\n") }.joined(separator: "\n")
        }
    }

    func push(_ request: TransportRequest, to instance: Int) async throws(TransportError) -> TransportResponse {
        guard let url = state.withLock({ $0.urls[instance] }) else { throw .cannotConnect("refused") }
        var request = request
        request.url = "\(url)/push"
        return try await client.send(request)
    }

    /// Lets the last life of each instance end.
    func close() { for closing in closings { closing.continuation.finish() } }

    /// Runs one process after the other, until ``close()``.
    func host(_ number: Int, _ cloud: LocalCloud, since begin: Duration) async {
        let settings = environment(cloud)
        for ending in plan.endings[number].map(Optional.some) + [nil] {
            do { try await live(number, settings, until: ending, since: begin) } catch {
                if Task.isCancelled { return }
                ledger.violate("instance \(number) does not start: \(error)")
            }
            // Ends early only with the simulation.
            if let ending { try? await time.sleep(ending.downtime) }
        }
    }

    private func live(
        _ number: Int,
        _ settings: Environment,
        until ending: Plan.Ending?,
        since begin: Duration
    ) async throws {
        let signal: Signal = ending?.signal == .kill ? .kill : .terminate
        let ended = try await run(
            .path(program),
            arguments: ["serve"],
            environment: settings,
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            try await withThrowingTaskGroup(of: Duration?.self) { group in
                group.addTask { [time, closings] in
                    if let ending {
                        try await time.sleep(max(.zero, begin + ending.at - time.uptime()))
                    } else {
                        for await _ in closings[number].stream {}
                        // The process was quicker.
                        try Task.checkCancellation()
                    }
                    try execution.send(signal: signal)
                    return time.uptime()
                }
                for try await line in execution.standardOutput.strings() { self.note(line, of: number) }
                let end = time.uptime()
                let wasListening = self.state.withLock { state in
                    defer { state.urls[number] = nil }
                    return state.urls[number] != nil
                }
                group.cancelAll()
                // Nil, or an error, if it ended without a signal.
                let sent = (try? await group.next()) ?? nil
                return (signalled: sent, end: end, wasListening: wasListening)
            }
        }
        judge(ended.closureResult, ended.terminationStatus, signal, number)
    }

    private func judge(
        _ life: (signalled: Duration?, end: Duration, wasListening: Bool),
        _ status: TerminationStatus,
        _ signal: Signal,
        _ number: Int
    ) {
        guard let signalled = life.signalled else {
            return ledger.violate("instance \(number) ended by itself: \(status)\n\(logTail)")
        }
        ledger.count(signal == .kill ? "SIGKILL" : "SIGTERM")
        // Before it listens, a signal ends it as it ends any process.
        guard signal == .terminate, life.wasListening else { return }
        if status != .exited(0) { ledger.violate("instance \(number) ended after SIGTERM with \(status)") }
        let seconds = life.end - signalled
        if seconds > Self.shutdownTime { ledger.violate("instance \(number) took \(seconds) to end after SIGTERM") }
    }

    private func note(_ line: String, of number: Int) {
        if let match = line.firstMatch(of: /"event":"([^"]+)"/) { ledger.count(String(match.output.1)) }
        let port = line.contains("service.listening") ? line.firstMatch(of: /"port":([0-9]+)/)?.output.1 : nil
        state.withLock { state in
            if let port { state.urls[number] = "http://127.0.0.1:\(port)" }
            state.lines[number].append(line)
            if state.lines[number].count > Self.keptLines { state.lines[number].removeFirst() }
        }
    }

    private func environment(_ cloud: LocalCloud) -> Environment {
        var own = [
            "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "PROJECT_ID": "own-project", "LOG_FORMAT": "json",
            "EXPIRY_GRACE_SECONDS": "\(plan.scale.graceSeconds)",
            "REQUEST_TIMEOUT_SECONDS": "\(plan.scale.requestTimeoutSeconds)",
            "GIVE_UP_SECONDS": "\(plan.giveUpSeconds)",
            "PUBSUB_TOPIC_NAME": cloud.topicName(Director.topic),
            "QUARANTINE_TOPIC_NAME": cloud.topicName(Director.quarantine),
        ]
        if plan.usesQueue {
            own["TASK_QUEUE_PATH"] = Plan.queue
            own["TASK_TARGET_URL"] = Balancer.url
        }
        let variables = cloud.environment.merging(own) { $1 }
        return .custom(Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) }))
    }
}
