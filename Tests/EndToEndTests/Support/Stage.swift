import Base64
import HTTPEdge
import HTTPTransport
import LocalCloud
import Logging
import LosslessJSON
import PushEndpoint
import TestSupport
import Testing
import Timestamps

@testable import Service

/// The service and Google's stand-in, both up on loopback sockets.
struct Stage: Sendable {
    static let project = "shop-production"

    let cloud: LocalCloud
    let transport: CurlTransport
    let log: LogLines
    /// `http://127.0.0.1:PORT` of the service.
    let url: String

    /// A push token as Pub/Sub would send it, unless something is changed.
    func token(audience: String? = nil, email: String? = nil) throws -> String {
        let identity = cloud.options.pushIdentity
        return try cloud.keys.mint(audience: audience ?? identity.audience, email: email ?? identity.email)
    }

    /// Posts a body to `/push` with these fields and nothing else of ours.
    func post(
        _ body: [UInt8],
        headers: [(name: String, value: String)],
        path: String = "/push"
    ) async throws -> TransportResponse {
        try await transport.send(
            TransportRequest(.post, url + path, headers: headers, body: body, limits: Self.limits)
        )
    }

    /// Pushes any body with a good token.
    func push(body: [UInt8], contentType: String = "application/json") async throws -> TransportResponse {
        try await post(
            body,
            headers: [("Authorization", "Bearer \(try token())"), ("Content-Type", contentType)]
        )
    }

    /// Pushes a message as Pub/Sub wraps it; unless told otherwise it was published an hour ago, so it is not young.
    func push(
        _ message: OutgoingMessage,
        id: String = "1",
        subscription: String? = nil,
        ageSeconds: Int64 = 3600,
        deliveryAttempt: Int? = nil
    ) async throws -> TransportResponse {
        let subscription = subscription ?? "projects/\(cloud.options.projectID)/subscriptions/jit-cleanup"
        let published = cloud.options.time.now().adding(seconds: -ageSeconds)
        let taken = PubSubMessage(id: id, publishTime: published, content: message)
        return try await push(body: taken.envelope(subscription: subscription, deliveryAttempt: deliveryAttempt))
    }

    /// Pushes message data as it is.
    func push(data: String, attributes: [String: String] = [:]) async throws -> TransportResponse {
        try await push(OutgoingMessage(data: Array(data.utf8), attributes: attributes))
    }

    func get(_ path: String) async throws -> TransportResponse {
        try await transport.send(TransportRequest(.get, url + path, limits: Self.limits))
    }

    /// How many calls there were to read and to write policies.
    var calls: (reads: Int, writes: Int) {
        (cloud.requests.count(.getIamPolicy), cloud.requests.count(.setIamPolicy))
    }

    /// The bindings of the project's policy, each as its text.
    var bindings: [String] {
        (cloud.resourceManager.policy(Self.project)?.root["bindings"]?.elements ?? []).map {
            String(decoding: $0.rawBytes, as: UTF8.self)
        }
    }

    private static let limits = TransportLimits(
        connect: .seconds(5),
        total: .seconds(30),
        responseBytes: 1 << 20
    )
}

/// Keys of all stages, since making new ones for each would take most of the tests' time: two of Google's, and a
/// stranger's.
let stageKeys = Result { try [SigningKey.generate(), SigningKey.generate(), SigningKey.generate()] }

/// Sets the stage, runs a test on it, and clears it.
///
/// - Parameters:
///   - settings: Changes to the service's settings; a grace of 1 s is the default here.
///   - policy: The policy of ``Stage/project``; nil for a project that does not exist.
///   - clock: What both go by, if not by the machine's clocks.
///   - options: What Google's stand-in is like.
///   - edge: What one client may take of the service.
///   - prepare: What has to be done between the start of the cloud and that of the service.
///   - log: Where the service's lines go.
///   - body: The test.
/// - Throws: What the test throws, or why the stage could not be set.
func onStage(
    _ settings: [String: String] = [:],
    policy: [UInt8]? = LocalPolicy.policy([]),
    clock: ManualTime? = nil,
    options: LocalCloudOptions = LocalCloudOptions(),
    edge: EdgeLimits = EdgeLimits(),
    prepare: @Sendable (LocalCloud) throws -> Void = { _ in },
    log: LogLines = LogLines(),
    _ body: @Sendable (Stage) async throws -> Void
) async throws {
    var options = options
    if let clock { options.time = clock.source }
    if options.signingKeys.isEmpty { options.signingKeys = Array(try stageKeys.get().prefix(2)) }
    try await withTransport(
        CurlSettings(userAgent: "jitcleanup-tests", maximumConnectionsPerHost: 64)
    ) { [options] transport in
        try await withLocalCloud(options, transport: transport) { cloud in
            if let policy { try cloud.resourceManager.setPolicy(Stage.project, policy) }
            try prepare(cloud)
            let own = [
                "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "EXPIRY_GRACE_SECONDS": "1", "PROJECT_ID": "own-project",
            ]
            let environment = cloud.environment.merging(own) { $1 }.merging(settings) { $1 }
            let logger = LogFormat.json.logger(level: .info, output: log.add)
            try await withPushService(
                Settings(environment: environment, isTerminal: false),
                transport: transport,
                time: options.time,
                edge: edge,
                logger: logger
            ) { port in
                try await body(Stage(cloud: cloud, transport: transport, log: log, url: "http://127.0.0.1:\(port)"))
            }
        }
    }
}

/// The service's log lines, read back as JSON.
final class LogLines: Sendable {
    private let lines = Record<[UInt8]>()

    func add(_ line: [UInt8]) { lines.add(line) }

    /// Everything, line by line.
    var all: [[UInt8]] { lines.all }

    /// Everything, as text.
    var text: String { lines.text }

    /// How many lines say what became of a push.
    var pushes: Int {
        all.count { line in
            let text = String(decoding: line, as: UTF8.self)
            return ["push.", "message.", "activation."].contains { text.contains("\"event\":\"\($0)") }
        }
    }

    func lines(of event: String) -> [JSONValue] {
        all.compactMap { try? json($0).root }.filter { $0["event"]?.string == event }
    }

    /// The value of a field in the only line of an event; nil if there is another number of lines.
    func field(_ name: String, of event: String) -> String? {
        let lines = lines(of: event)
        return lines.count == 1 ? lines.first?[name]?.string : nil
    }
}

/// An activation of the test's project whose times count from now, in seconds.
func activation(
    _ user: String = "alice@example.com",
    _ roles: [String] = ["roles/compute.viewer"],
    from start: Int64 = -7200,
    until end: Int64 = -3600,
    project: String = Stage.project
) -> LocalActivation {
    let now = Instant(seconds: TimeSource.system.now().seconds)
    return LocalActivation(
        user: user,
        roles: roles,
        project: project,
        start: now.adding(seconds: start),
        end: now.adding(seconds: end)
    )
}

/// A grant that ends so many seconds from now.
func temporaryGrant(
    _ role: String = "roles/run.admin",
    title: String? = "temporary",
    until end: Int64
) -> TemporaryGrant {
    TemporaryGrant(role, title: title, until: Instant(seconds: TimeSource.system.now().seconds).adding(seconds: end))
}

/// The audit entry of a call that added these grants an hour ago, unless told otherwise.
func auditEntry(
    adding grants: [TemporaryGrant]?,
    to resource: String = "projects/\(Stage.project)",
    secondsAgo: Int64 = 3600,
    by caller: String = "admin@example.com"
) -> OutgoingMessage {
    let time = TimeSource.system.now().adding(seconds: -secondsAgo)
    return OutgoingMessage(data: AuditLogEntry.text(adding: grants, to: resource, at: time, by: caller))
}
