import HTTPEdge
import HTTPTransport
import LocalCloud
import Logging
import LosslessJSON
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service
@testable import jitcleanup

/// Brings about everything that the service can decide, and keeps its log.
///
/// Real pushes over sockets and real processes, but for a few events: an overload takes hundreds of forged tokens at once
/// on a machine that is slow enough, other crowds have tests of their own, and what libraries log is theirs to choose.
final class Decisions: Sendable {
    /// What a user wrote into his request.
    static let justification = "justification-of-nobody"
    /// A member of the policy with whom this service has nothing to do.
    static let stranger = "policy-of-nobody@example.com"

    /// One run for all tests.
    static let shared = Task { try await Decisions().run() }

    private static let topic = "projects/jit-cleanup-demo/topics/jit-access"
    private static let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/jitcleanup"
    private static let quarantine = "projects/jit-cleanup-demo/topics/quarantine"
    /// So old that Pub/Sub is about to drop it.
    private static let oldSeconds: Int64 = 600_001
    private static let unusable = #"{"type":"ActivationSelfApproved","attributes":{"project_id":"p"}}"#

    private let log = LogLines()
    private let tokens = Mutex<[String]>([])
    private let ended = Decisions.told(activation())
    private let live = Decisions.told(activation(from: -60, until: 3600))

    private var policy: [UInt8] {
        LocalPolicy.policy(
            [LocalPolicy.binding("roles/owner", ["user:\(Self.stranger)"])] + ended.bindings + live.bindings
        )
    }

    /// The lines, and texts that must not stand in them.
    private func run() async throws -> (lines: [[UInt8]], secrets: [String]) {
        try await refusals()
        try await outcomes()
        try await refusedRole()
        try await auditEntries()
        try await dryRun()
        try await publishing(topicsExist: false)
        try await publishing(topicsExist: true)
        try await withoutKeys()
        try await clockAhead()
        try await interrupted()
        try await processes()
        try byHand()
        return (log.all, tokens.withLock { $0 } + [Self.justification, Self.stranger, "ya29."])
    }

    private static func told(_ activation: LocalActivation) -> LocalActivation {
        var activation = activation
        activation.justification = justification
        return activation
    }

    private func refusals() async throws {
        let settings = [
            "PUBSUB_SUBSCRIPTION_PATH": "projects/jit-cleanup-demo/subscriptions/jit-cleanup", "NUM_MESSAGES": "5",
            // Ends waits, and has no effect any more.
            "MAX_DELIVERY_ATTEMPTS": "5",
        ]
        try await onStage(settings, log: log) { stage async throws in
            for _ in 0..<15 { #expect(try await stage.post([], headers: []).status == 401) }
            let good = try stage.token()
            for token in [good + "x", try stage.token(audience: "https://evil.example"), good] {
                self.tokens.withLock { $0.append(token) }
                // The last one is good; its body is not.
                let answer = try await stage.post(
                    [],
                    headers: [("Authorization", "Bearer \(token)"), ("traceparent", Self.trace)]
                )
                #expect(answer.status >= 400)
            }
            #expect(try await stage.push(body: Array("{}".utf8)).status == 400)
            let foreign = try await stage.push(
                self.ended.message(.selfApproved),
                subscription: "projects/x/subscriptions/y"
            )
            #expect(foreign.status == 403)
            let headers = [("Authorization", "Bearer \(good)"), ("Content-Type", "application/json")]
            #expect(try await stage.post([], headers: headers, path: "/push/").status == 404)
            #expect(try await stage.push(self.ended.message(.requested)).status == 204)
        }
    }

    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func outcomes() async throws {
        try await onStage(policy: policy, log: log) { stage async throws in
            #expect(try await stage.push(self.ended.message(.selfApproved)).status == 204)
            #expect(try await stage.push(self.live.message(.approved)).status == 425)
            #expect(try await stage.push(data: Self.unusable).status == 204)
            let elsewhere = Self.told(activation(project: "no-such-project"))
            #expect(try await stage.push(elsewhere.message(.selfApproved)).status == 500)
            // Its binding is gone, and it is so young that nobody can say whether there is another one.
            #expect(try await stage.push(self.ended.message(.selfApproved), ageSeconds: 0).status == 425)
        }
    }

    private func refusedRole() async throws {
        try await onStage(policy: policy, log: log) { stage async throws in
            stage.cloud.resourceManager.setModifiableRoles([], of: Stage.project)
            #expect(try await stage.push(self.ended.message(.selfApproved)).status == 500)
        }
    }

    private func auditEntries() async throws {
        for topic in [nil, Self.topic] {
            var settings = ["BINDING_TITLES": "*", "TASK_QUEUE_PATH": Self.queue]
            settings["PUBSUB_TOPIC_NAME"] = topic
            try await onStage(settings, policy: policy, log: log) { stage async throws in
                if let topic { stage.cloud.pubSub.createTopic(topic) }
                let dead = auditEntry(adding: [temporaryGrant(until: -7200)])
                #expect(try await stage.push(dead).status == 204)
                let waiting = auditEntry(adding: [temporaryGrant(until: 3600)])
                if topic != nil { stage.cloud.tasks.createQueue(Self.queue) }
                #expect(try await stage.push(waiting).status == (topic == nil ? 425 : 204))
                // Not by a task, since this is what happens without one.
                stage.cloud.tasks.setMissing(.create, on: Self.queue)
                let silent = auditEntry(adding: nil)
                #expect(try await stage.push(silent).status == (topic == nil ? 425 : 204))
            }
        }
    }

    private func dryRun() async throws {
        let settings = ["DRY_RUN": "true", "PUBSUB_TOPIC_NAME": Self.topic]
        try await onStage(settings, policy: policy, log: log) { stage async throws in
            #expect(try await stage.push(self.ended.message(.selfApproved)).status == 204)
            #expect(try await stage.push(self.live.message(.selfApproved), ageSeconds: Self.oldSeconds).status == 425)
        }
    }

    private func publishing(topicsExist: Bool) async throws {
        let settings = ["PUBSUB_TOPIC_NAME": Self.topic, "QUARANTINE_TOPIC_NAME": Self.quarantine]
        try await onStage(settings, policy: policy, log: log) { stage async throws in
            if topicsExist { for topic in [Self.topic, Self.quarantine] { stage.cloud.pubSub.createTopic(topic) } }
            #expect(try await stage.push(self.ended.message(.selfApproved)).status == 204)
            let waiting = try await stage.push(self.live.message(.selfApproved), ageSeconds: Self.oldSeconds)
            #expect(waiting.status == (topicsExist ? 204 : 425))
            let elsewhere = Self.told(activation(project: "no-such-project"))
            let failing = try await stage.push(elsewhere.message(.selfApproved), ageSeconds: Self.oldSeconds)
            #expect(failing.status == (topicsExist ? 204 : 500))
            let unusable = OutgoingMessage(data: Array(Self.unusable.utf8))
            let kept = try await stage.push(unusable, ageSeconds: Self.oldSeconds)
            #expect(kept.status == (topicsExist ? 204 : 503))
        }
    }

    private func withoutKeys() async throws {
        try await onStage(log: log) { stage async throws in
            stage.cloud.faults.inject(.html(502), at: .keys)
            #expect(try await stage.push(data: "{}").status == 503)
        }
    }

    private func clockAhead() async throws {
        try await onStage(policy: policy, log: log) { stage async throws in
            stage.cloud.faults.setDateHeader(.shifted(bySeconds: -7200))
            #expect(try await stage.push(self.ended.message(.selfApproved)).status == 425)
        }
    }

    /// The service ends while Google does not answer.
    private func interrupted() async throws {
        try await onStage(policy: policy, log: log) { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .getIamPolicy, .always)
            Task { try await stage.push(self.ended.message(.selfApproved)) }
            try await waitUntil { stage.cloud.faults.struck(.getIamPolicy) > 0 }
        }
    }

    private func processes() async throws {
        try await onStage(log: log) { stage async throws in
            let own = ["PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "PROJECT_ID": "own-project"]
            let variables = stage.cloud.environment.merging(own) { $1 }
            try await self.process(variables, endsAtSignal: true)
            let taken = String(stage.url.split(separator: ":").last ?? "")
            try await self.process(variables.merging(["PORT": taken]) { $1 }, endsAtSignal: false)
        }
    }

    /// Runs the program, and ends it by a signal once it listens.
    private func process(_ variables: [String: String], endsAtSignal: Bool) async throws {
        let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")
        let environment = Environment.custom(
            Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })
        )
        let result = try await Subprocess.run(
            .path(program),
            environment: environment,
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            for try await line in execution.standardOutput.strings() {
                if line.contains("{") { self.log.add(Array(line.utf8)) }
                if line.contains("service.listening") { try execution.send(signal: .terminate) }
            }
        }
        #expect(result.terminationStatus == .exited(endsAtSignal ? 0 : 1))
    }

    private func byHand() throws {
        let logger = LogFormat.json.logger(level: .info, output: log.add)
        let limiter = LogRateLimiter(logger: logger, time: .system)
        let log = PushLog(logger, limiter: limiter) { nil }
        for outcome in [PushOutcome.tooManyPushes, .refusedBody(.unread(.noRoom))] { log.write(outcome) }
        var settings = try Settings(
            environment: ["PUSH_AUDIENCE": "https://a.example", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"],
            isTerminal: false
        )
        DescriptorLimit.apply(to: &settings, limit: 64, logger)
        #expect(settings.maximumConnections < 64)
        logger.warning("A library has something to say")
    }
}
