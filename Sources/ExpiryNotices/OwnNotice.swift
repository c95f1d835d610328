internal import LosslessJSON
internal import Timestamps

/// The wire format of our own notices: carried by Cloud Tasks, and published in place of an audit entry of hundreds of
/// kilobytes.
///
/// `{"jitcleanup":1,"resource":…,"ends":[…],"grants":[{"role":…,"member":…}],"more":…,"source":…,"id":…,"published":…}`
/// with the original's message ID and publish time, plus `due` and `queued` in a task.
enum OwnNotice {
    /// The JSON member that identifies our own notices; its value is the version.
    static let versionField = "jitcleanup"
    static let version: Int64 = 1
    /// The maximum number of grants named; with more, a role that Google refuses to change may be one of the notice's.
    static let maximumGrants = 50

    /// The maximum number of ends, so that a notice, base64-encoded twice, fits a task of 1 MiB; an audit entry has far
    /// fewer.
    private static let maximumEnds = 10_000
    /// The last instant RFC 3339 can express.
    static let lastEnd = Instant(seconds: 253_402_300_799, nanoseconds: 999_999_999)

    static func read(_ root: JSONValue, messageID: String, publishTime: Instant?) throws(MessageFault) -> ExpiryNotice {
        guard root[versionField]?.integer == version else { throw .unknownVersion }
        let fields = Fields(object: root, path: "")
        var ends: [Instant] = []
        for text in try fields.list("ends") {
            guard let end = text.string.flatMap({ Instant($0, spelling: .javaTime) }) else { throw .notATime("ends") }
            ends.append(end)
        }
        guard (1...maximumEnds).contains(ends.count) else { throw .unfitLength("ends") }
        // Grants only decide the answer and the log: a bad one is no reason to lose an end.
        let list = try fields.list("grants")
        let grants = list.compactMap { grant -> ExpiryNotice.Grant? in
            guard let role = grant["role"]?.string, let member = grant["member"]?.string else { return nil }
            let grant = ExpiryNotice.Grant(role: role, member: member)
            return grant.isShort ? grant : nil
        }
        let id = root["id"]?.string ?? messageID
        guard id.utf8.count <= MessageLimits.nameBytes else { throw .unfitLength("id") }
        func time(_ name: String) -> Instant? { root[name]?.string.flatMap { Instant($0, spelling: .javaTime) } }
        var notice = ExpiryNotice(
            resource: try fields.name("resource"),
            ends: ends,
            grants: grants,
            hasAllGrants: root["more"]?.boolean == false && grants.count == list.count,
            source: root["source"]?.string.flatMap { ExpiryNotice.Source(rawValue: $0) } ?? .auditLog,
            messageID: id,
            publishTime: [time("published"), publishTime].compactMap { $0 }.min()
        )
        notice.isOwn = true
        // None of our tasks is due later, and nothing else may delay a look at its ends.
        if let due = time("due"), let queued = time("queued"), due <= queued.adding(seconds: 26 * 86_400) {
            (notice.due, notice.queued) = (due, queued)
        }
        return notice
    }
}

extension ExpiryNotice {
    /// The data of our own message for this notice.
    package var ownMessage: [UInt8] {
        let named = grants.filter(\.isShort).prefix(OwnNotice.maximumGrants)
        var members: [(name: String, value: JSONText)] = [
            (OwnNotice.versionField, .integer(OwnNotice.version)),
            ("resource", .string(resource)),
            ("ends", .strings(ends.map { "\(min($0, OwnNotice.lastEnd))" })),
            ("grants", .array(named.map { ["role": .string($0.role), "member": .string($0.member)] })),
            ("more", .boolean(!hasAllGrants || named.count < grants.count)),
            ("source", .string(source.rawValue)),
            ("id", .string(messageID)),
            ("published", .optional(publishTime.map { "\($0)" })),
        ]
        if let due { members.append(("due", .string("\(due)"))) }
        if let queued { members.append(("queued", .string("\(queued)"))) }
        return JSONText.object(members).bytes()
    }
}

extension ExpiryNotice.Grant {
    fileprivate var isShort: Bool {
        [role, member].allSatisfy { !$0.isEmpty && $0.utf8.count <= MessageLimits.nameBytes }
    }
}
