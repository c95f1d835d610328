internal import JITAccess
internal import Logging
internal import NIOHTTP1
internal import Timestamps

/// The audit trail of one push: one method and one line for each way that it can end, which returns the answer too.
///
/// Messages are constants; what varies is metadata. Text that a publisher controls is shortened here and escaped where
/// the line is written. Tokens and policies are never logged, nor is who pushed, since that is a configured account;
/// justifications only within a message that is dropped. Fields are put together only for lines that are written.
struct PushLog {
    private let logger: Logger
    private let limiter: LineLimiter
    private let headers: HTTPHeaders
    private let traceProject: @Sendable () -> String?
    private var envelope: PushEnvelope?
    private var activation: Activation?

    /// So many bytes of any text that somebody else controls.
    private static let loggedTextBytes = 512
    /// A line has no more fields, or hardly ever.
    private static let usualFields = 12

    /// The trail of a request, which is not looked at before there is something to write.
    ///
    /// - Parameters:
    ///   - logger: Where lines go.
    ///   - limiter: What bounds the lines that a caller can bring about before it is known who that is.
    ///   - headers: The request's.
    ///   - traceProject: The project in whose name traces are logged, once it is known.
    init(
        _ logger: Logger,
        limiter: LineLimiter,
        headers: HTTPHeaders = [:],
        traceProject: @escaping @Sendable () -> String?
    ) {
        self.logger = logger
        self.limiter = limiter
        self.headers = headers
        self.traceProject = traceProject
    }

    mutating func note(_ envelope: PushEnvelope) {
        self.envelope = envelope
    }

    mutating func note(_ activation: Activation) {
        self.activation = activation
    }

    /// Whether the caller has shown a good token and a message.
    var isOfMessage: Bool { envelope != nil }

    /// Writes a line, if its level is written at all.
    func line(
        _ level: Logger.Level,
        _ event: String,
        _ message: @autoclosure () -> Logger.Message,
        _ fields: @autoclosure () -> LogFields = [:]
    ) {
        guard level >= logger.logLevel else { return }
        var all: LogFields = ["event": .string(event)]
        all.reserveCapacity(Self.usualFields)
        all.append(fields())
        addContext(to: &all)
        logger.log(level: level, message(), metadata: all.metadata)
    }

    /// Writes a line that callers can bring about before it is known who they are: only so many of a kind.
    func limitedLine(
        _ level: Logger.Level,
        _ event: String,
        _ message: @autoclosure () -> Logger.Message,
        reason: String? = nil,
        _ fields: @autoclosure () -> LogFields = [:]
    ) {
        guard level >= logger.logLevel, limiter.admits(level, event, reason: reason ?? "none") else { return }
        line(level, event, message(), reason.map { fields().adding(["reason": .string($0)]) } ?? fields())
    }

    /// What all lines of this push say.
    private func addContext(to fields: inout LogFields) {
        for (name, value) in TraceContext(headers)?.logFields(project: traceProject()) ?? [] {
            fields.append(name, .string(value))
        }
        if let envelope {
            fields.append("message_id", Self.short(envelope.messageID))
            if let attempt = envelope.deliveryAttempt { fields.append("delivery_attempt", .stringConvertible(attempt)) }
        }
        if let activation {
            fields.append("project", Self.short(activation.project))
            fields.append("beneficiary", Self.short(activation.beneficiary))
            fields.append("roles", Self.short(activation.roles.joined(separator: ", ")))
            fields.append("end", .string(activation.end.description))
            fields.append("family", .string(activation.family.rawValue))
        }
    }

    static func short(_ text: String) -> Logger.MetadataValue {
        guard text.utf8.count > loggedTextBytes else { return .string(text) }
        return .string(String(decoding: text.utf8.prefix(loggedTextBytes), as: UTF8.self) + "…")
    }
}
