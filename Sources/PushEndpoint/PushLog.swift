internal import ExpiryNotices
package import Logging
internal import NIOHTTP1
internal import Timestamps

/// The audit trail of one push.
///
/// Text controlled by a publisher is shortened here and escaped where the line is written. Tokens, policies and the
/// caller's identity (a configured account) are never logged; justifications only within a message that is dropped.
/// Fields are built only for lines that are written.
struct PushLog {
    private let logger: Logger
    private let limiter: LogRateLimiter
    private let headers: HTTPHeaders
    private let traceProject: @Sendable () -> String?
    /// The audience tokens must have.
    let audience: String
    /// The envelope, once the token is verified and the body parsed.
    var envelope: PushEnvelope?
    /// The push with its notice, if the message is one.
    var push: NoticePush?
    var notice: ExpiryNotice? { push?.notice }

    /// The maximum bytes logged of any untrusted text.
    private static let loggedTextBytes = 512
    /// Capacity to reserve; hardly any line has more fields.
    private static let usualFields = 12
    /// The maximum bytes of a failure's detail, which is Google's message plus context.
    private static let loggedDetailBytes = 2048

    /// Creates the log of one request; its headers are read only when there is a line to write.
    ///
    /// - Parameters:
    ///   - logger: The logger for the lines.
    ///   - limiter: Limits the lines that callers can cause before they are authenticated.
    ///   - headers: The request's header fields.
    ///   - audience: The audience tokens must have.
    ///   - traceProject: The project used in the names of logged traces; nil until it is known.
    init(
        _ logger: Logger,
        limiter: LogRateLimiter,
        headers: HTTPHeaders = [:],
        audience: String = "",
        traceProject: @escaping @Sendable () -> String?
    ) {
        self.logger = logger
        self.limiter = limiter
        self.headers = headers
        self.audience = audience
        self.traceProject = traceProject
    }

    /// Writes a line if its level is enabled.
    func line(
        _ level: Logger.Level,
        _ event: PushEvent,
        _ message: @autoclosure () -> Logger.Message,
        _ fields: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard level >= logger.logLevel else { return }
        var all = Logger.Metadata(minimumCapacity: Self.usualFields)
        all["event"] = .string(event.rawValue)
        addContext(to: &all)
        all.merge(fields()) { $1 }
        logger.log(level: level, message(), metadata: all)
    }

    /// Writes a line that callers can cause before they are authenticated; rate-limited by kind.
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

    /// Adds the fields common to all lines of this push.
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
            fields["roles"] = Self.short(notice.roles)
            if notice.audit?.lacksDelta != true { fields["end"] = .string(notice.lastEnd.asWritten.description) }
            fields["family"] = .string(notice.source.rawValue)
        }
    }

    static func short(_ text: String) -> Logger.MetadataValue { .string(text.cut(to: loggedTextBytes)) }

    static func detail(_ text: String) -> Logger.MetadataValue { .string(text.cut(to: loggedDetailBytes)) }
}

extension ExpiryNotice {
    /// The project ID, as the publisher wrote it; nil for a folder or an organization.
    fileprivate var project: String? {
        let prefix = "projects/"
        return resource.hasPrefix(prefix) ? String(Substring(resource.utf8.dropFirst(prefix.utf8.count))) : nil
    }

    /// The roles, separated by commas.
    fileprivate var roles: String {
        grants.dropFirst().reduce(into: grants.first?.role ?? "") { $0 += ", \($1.role)" }
    }

    /// The member who was granted the roles, in JIT Access's notation.
    fileprivate var beneficiary: String {
        let (member, prefix) = (grants.first?.member ?? "", "user:")
        return member.hasPrefix(prefix) ? String(Substring(member.utf8.dropFirst(prefix.utf8.count))) : member
    }
}

extension String {
    /// The text cut to at most this many bytes, with an ellipsis if something is missing.
    package func cut(to bytes: Int) -> String {
        utf8.count > bytes ? String(decoding: utf8.prefix(bytes), as: UTF8.self) + "…" : self
    }
}

extension Logger.Metadata {
    /// Adds other fields; on a clash of names, theirs win.
    package func adding(_ others: Logger.Metadata) -> Logger.Metadata { merging(others) { $1 } }
}

/// The distributed trace a request belongs to, so that Cloud Logging groups its lines.
///
/// Read from `traceparent` (W3C Trace Context), else from `X-Cloud-Trace-Context`
/// (https://cloud.google.com/run/docs/logging, "Correlate your container logs with a request log").
struct TraceContext: Equatable {
    /// 32 lower-case hexadecimal digits.
    let traceID: String
    /// 16 lower-case hexadecimal digits; nil unless the trace came from `traceparent`.
    let spanID: String?

    init?(_ headers: HTTPHeaders) {
        if let header = headers.first(name: "traceparent") {
            // Version 00 has exactly these four parts, later ones may have more (W3C Trace Context, 3.2.2 and 4.3);
            // invalid values are ignored.
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            if parts.count == 4 || parts.count > 4 && parts[0] != "00", parts[0] != "ff",
                Self.isHex(parts[0], digits: 2),
                Self.isID(parts[1], digits: 32), Self.isID(parts[2], digits: 16), Self.isHex(parts[3], digits: 2)
            {
                (traceID, spanID) = (String(parts[1]), String(parts[2]))
                return
            }
        }
        guard let header = headers.first(name: "x-cloud-trace-context"),
            case let trace = header.prefix(while: { $0 != "/" && $0 != ";" }).lowercased(),
            Self.isID(trace[...], digits: 32)
        else { return nil }
        (traceID, spanID) = (trace, nil)
    }

    /// Cloud Logging's special fields; empty without the project ID.
    func logFields(project: String?) -> [(name: String, value: String)] {
        guard let project else { return [] }
        let trace = ("logging.googleapis.com/trace", "projects/\(project)/traces/\(traceID)")
        return spanID.map { [trace, ("logging.googleapis.com/spanId", $0)] } ?? [trace]
    }

    /// Whether an ID has exactly this many lower-case hexadecimal digits, not all of them zero.
    private static func isID(_ text: Substring, digits: Int) -> Bool {
        isHex(text, digits: digits) && text.utf8.contains { $0 != UInt8(ascii: "0") }
    }

    private static func isHex(_ text: Substring, digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
