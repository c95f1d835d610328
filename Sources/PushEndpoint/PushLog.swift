internal import ExpiryNotices
package import Logging
internal import NIOHTTP1
internal import Timestamps

/// The audit trail of one push.
///
/// Text that a publisher controls is shortened here and escaped where the line is written. Tokens and policies are never
/// logged, nor is who pushed, since that is a configured account; justifications only within a message that is dropped.
/// Fields are put together only for lines that are written.
struct PushLog {
    private let logger: Logger
    private let limiter: LogRateLimiter
    private let headers: HTTPHeaders
    private let traceProject: @Sendable () -> String?
    /// The audience that tokens must have.
    var audience = ""
    /// The message, once the caller has shown a good token and one.
    var envelope: PushEnvelope?
    /// What the message announces, if it does.
    var notice: ExpiryNotice?

    /// The most bytes of any untrusted text.
    private static let loggedTextBytes = 512
    /// Hardly any line has more fields.
    private static let usualFields = 16
    /// The most bytes of a failure's detail: Google's message and what it adds.
    private static let loggedDetailBytes = 2048

    /// The trail of a request, which is not looked at before there is something to write.
    ///
    /// - Parameters:
    ///   - logger: Where lines go.
    ///   - limiter: What bounds the lines that a caller can bring about before it is known who that is.
    ///   - headers: The request's.
    ///   - traceProject: The project in whose name traces are logged, once it is known.
    init(
        _ logger: Logger,
        limiter: LogRateLimiter,
        headers: HTTPHeaders = [:],
        traceProject: @escaping @Sendable () -> String?
    ) {
        self.logger = logger
        self.limiter = limiter
        self.headers = headers
        self.traceProject = traceProject
    }

    /// Writes a line, if its level is written at all.
    func line(
        _ level: Logger.Level,
        _ event: PushEvent,
        _ message: @autoclosure () -> Logger.Message,
        _ fields: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard level >= logger.logLevel else { return }
        var all = fields()
        all.reserveCapacity(Self.usualFields)
        all["event"] = .string(event.rawValue)
        addContext(to: &all)
        logger.log(level: level, message(), metadata: all)
    }

    /// Writes a line that callers can bring about before it is known who they are; rate-limited by kind.
    func limitedLine(
        _ level: Logger.Level,
        _ event: PushEvent,
        _ message: @autoclosure () -> Logger.Message,
        reason: String? = nil,
        _ fields: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard level >= logger.logLevel, limiter.admits(level, event.rawValue, reason: reason ?? "none") else { return }
        line(level, event, message(), reason.map { fields().adding(["reason": .string($0)]) } ?? fields())
    }

    /// What all lines of this push say.
    private func addContext(to fields: inout Logger.Metadata) {
        for (name, value) in TraceContext(headers)?.logFields(project: traceProject()) ?? [] {
            fields[name] = .string(value)
        }
        if let envelope {
            fields["message_id"] = Self.short(envelope.messageID)
            if let attempt = envelope.deliveryAttempt { fields["delivery_attempt"] = .stringConvertible(attempt) }
        }
        if let notice {
            fields["resource"] = Self.short(notice.resource)
            if let project = notice.project { fields["project"] = Self.short(project) }
            fields["beneficiary"] = Self.short(notice.beneficiary)
            fields["roles"] = Self.short(notice.grants.map(\.role).joined(separator: ", "))
            if notice.audit?.lacksDelta != true { fields["end"] = .string(notice.lastEnd.asWritten.description) }
            fields["family"] = .string(notice.source.rawValue)
        }
    }

    static func short(_ text: String) -> Logger.MetadataValue { cut(text, to: loggedTextBytes) }

    static func detail(_ text: String) -> Logger.MetadataValue { cut(text, to: loggedDetailBytes) }

    private static func cut(_ text: String, to bytes: Int) -> Logger.MetadataValue {
        guard text.utf8.count > bytes else { return .string(text) }
        return .string(String(decoding: text.utf8.prefix(bytes), as: UTF8.self) + "…")
    }
}

extension ExpiryNotice {
    /// The project ID, as the publisher wrote it; nil for a folder or an organization.
    fileprivate var project: String? {
        let prefix = "projects/"
        return resource.hasPrefix(prefix) ? String(resource.dropFirst(prefix.count)) : nil
    }

    /// The member that got the roles, as JIT Access names it.
    fileprivate var beneficiary: String {
        let member = grants.first?.member ?? ""
        return member.hasPrefix("user:") ? String(member.dropFirst("user:".count)) : member
    }
}

extension Logger.Metadata {
    /// These fields and others, whose names differ.
    package func adding(_ others: Logger.Metadata) -> Logger.Metadata { merging(others) { $1 } }
}
