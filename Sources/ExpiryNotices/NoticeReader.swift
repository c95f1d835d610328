package import IAMPolicy
internal import LosslessJSON
package import Timestamps

/// Recognizes the messages of every JIT Access version that published any, audit entries and our own notices among all
/// other messages.
package struct NoticeReader {
    /// Limits for parsing the data: as deep as protobuf's own parsers go, since parts of an audit entry can have any
    /// shape.
    private static let rules = JSONRules(maximumDepth: 100, maximumBytes: MessageLimits.messageBytes, allowsNUL: true)

    private let messageID: String
    private let publishTime: Instant?
    private let titles: NamePatterns

    /// Reads the data and attributes of a Pub/Sub message.
    ///
    /// - Parameters:
    ///   - data: The message's decoded data; empty if it has none.
    ///   - origin: The value of the Pub/Sub attribute `origin`, which only unreleased builds set.
    ///   - messageID: The message's ID.
    ///   - publishTime: When Pub/Sub accepted the message; nil if unknown.
    ///   - titles: The titles in scope.
    /// - Returns: A notice, or why the message is ignored or unusable.
    package static func read(
        data: [UInt8],
        origin: String?,
        messageID: String = "",
        publishTime: Instant? = nil,
        titles: NamePatterns
    ) -> NoticeReading {
        NoticeReader(messageID: messageID, publishTime: publishTime, titles: titles).read(data, origin)
    }

    private func read(_ data: [UInt8], _ origin: String?) -> NoticeReading {
        // The loop guard comes first: an echo's body looks just like an activation.
        if origin == "jit-cleanup" { return .ignored(.ownEcho) }
        let document: JSONDocument
        do {
            document = try JSONDocument(data, rules: Self.rules)
        } catch {
            // Only what could be a damaged activation is a fault: a message whose origin says so, or a truncated
            // object.
            let couldBeActivation = origin.map(Self.bindingOrigins.contains) ?? Self.looksLikeObject(data)
            guard couldBeActivation else { return .ignored(Self.kind(ofOrigin: origin)) }
            if case .tooLarge(let bytes) = error { return .unusable(.tooLarge(bytes: bytes)) }
            return .unusable(.notJSON("\(error)"))
        }
        do throws(MessageFault) {
            if let type = document.root["type"]?.string, let kind = ReleasedKind(rawValue: type) {
                return try released(kind, attributes: document.root["attributes"])
            }
            if document.root[OwnNotice.versionField] != nil {
                return .notice(try OwnNotice.read(document.root, messageID: messageID, publishTime: publishTime))
            }
            if let entry = AuditEntry(document.root) {
                return entry.notice(titles: titles, messageID: messageID, publishTime: publishTime)
            }
            return try unreleased(document.root, origin: origin)
        } catch {
            return .unusable(error)
        }
    }

    /// The types of ``ExpiryNotice/Source/released``.
    private enum ReleasedKind: String {
        case selfApproved = "ActivationSelfApproved"
        case approved = "ActivationApproved"
        case requested = "RequestActivation"
    }

    /// JIT Access 1.5 to 1.8.1 (`PubSubNotificationService`): every value is a string, except `reviewers`.
    private func released(_ kind: ReleasedKind, attributes: JSONValue?) throws(MessageFault) -> NoticeReading {
        if kind == .requested { return .ignored(.noBinding(kind.rawValue)) }
        guard attributes != nil else { throw .missing("attributes") }
        let fields = Fields(object: attributes, path: "attributes")
        let start = try fields.time("start_time")
        return try notice(
            .released,
            project: fields.name("project_id"),
            user: fields.name("beneficiary"),
            roles: fields.text("role"),
            end: fields.end("end_time", notBefore: start)
        )
    }

    /// The unreleased builds of 2023: `payload`, or (in one build, `origin=jit-approval`) its content at the top level.
    private func unreleased(_ root: JSONValue, origin: String?) throws(MessageFault) -> NoticeReading {
        guard let origin else { return .ignored(.foreign) }
        let fields: Fields
        if Self.bindingOrigins.contains(origin) {
            fields = try Fields(object: root, path: "").object("payload")
        } else if origin == "jit-approval", root["payload"] == nil, root["conditions"]?["expression"] != nil {
            fields = Fields(object: root, path: "")
        } else {
            return .ignored(Self.kind(ofOrigin: origin))
        }
        let expression = try fields.object("conditions").object("expression")
        let start = try expression.time("start")
        return try notice(
            .origin,
            project: fields.name("project_id"),
            user: fields.name("user"),
            roles: fields.text("role"),
            end: expression.end("end", notBefore: start)
        )
    }

    private func notice(
        _ source: ExpiryNotice.Source,
        project: String,
        user: String,
        roles: String,
        end: Instant
    ) throws(MessageFault) -> NoticeReading {
        guard titles.includeActivations else { return .ignored(.titleNotInScope) }
        let grants = try RoleList.read(roles).map { ExpiryNotice.Grant(role: $0, member: "user:\(user)") }
        return .notice(
            ExpiryNotice(
                resource: "projects/\(project)",
                ends: [end],
                grants: grants,
                source: source,
                messageID: messageID,
                publishTime: publishTime
            )
        )
    }

    /// The origins that announce bindings; only a single day's build used the second.
    private static let bindingOrigins: Set<String> = ["jit-binding", "jit-role-activated"]

    private static func kind(ofOrigin origin: String?) -> IgnoredMessage {
        switch origin {
        case "jit-approval", "jit-error", "jit-notification", "jit-test", "jit-request-approved":
            .noBinding(origin ?? "")
        default: .foreign
        }
    }

    private static func looksLikeObject(_ data: [UInt8]) -> Bool {
        data.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == UInt8(ascii: "{")
    }
}

/// The `role` field: since 1.6, a self-approval of several roles is one message with the roles joined by `", "`.
private enum RoleList {
    static func read(_ text: String) throws(MessageFault) -> [String] {
        var roles: [String] = []
        // An array: a string's UTF-8 view is slow to search.
        for part in Array(text.utf8).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let role = part.trimmingSpaces
            guard !role.isEmpty, role.count <= MessageLimits.nameBytes else { throw .unfitLength("role") }
            // Compares bytes: Swift strings are also equal if only their canonical forms are.
            if !roles.contains(where: { $0.utf8.count == role.count && $0.utf8.elementsEqual(role) }) {
                roles.append(String(decoding: role, as: UTF8.self))
            }
            guard roles.count <= MessageLimits.roles else { throw .tooManyRoles(roles.count) }
        }
        return roles
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmingSpaces: ArraySlice<UInt8> {
        let isSpace = { $0 == UInt8(ascii: " ") }
        return (lastIndex { !isSpace($0) }).map { self[...$0].drop(while: isSpace) } ?? []
    }
}
