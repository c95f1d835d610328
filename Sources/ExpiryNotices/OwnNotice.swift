internal import LosslessJSON
internal import Timestamps

/// The wire format of our own notices: what is published for an audit entry, in place of its hundreds of kilobytes.
///
/// `{"jitcleanup":1,"resource":…,"ends":[…],"grants":[{"role":…,"member":…}],"more":…,"source":…,"id":…,"published":…}`
/// with the original's message ID and publish time.
enum OwnNotice {
    /// The member that tells these from all other messages; its value is the version.
    static let versionField = "jitcleanup"
    static let version: Int64 = 1
    /// The most grants that are named; with more, a role that Google refuses to change may be one of the notice's.
    static let maximumGrants = 50

    static func read(_ root: JSONValue, messageID: String, publishTime: Instant?) throws(MessageFault) -> ExpiryNotice {
        guard root[versionField]?.integer == version else { throw .unknownVersion }
        let fields = Fields(object: root, path: "")
        var ends: [Instant] = []
        for text in try fields.list("ends") {
            guard let end = text.string.flatMap({ Instant($0, spelling: .javaTime) }) else { throw .notATime("ends") }
            ends.append(end)
        }
        guard !ends.isEmpty else { throw .unfitLength("ends") }
        var grants: [ExpiryNotice.Grant] = []
        for grant in try fields.list("grants") {
            let grant = Fields(object: grant, path: "grants")
            grants.append(ExpiryNotice.Grant(role: try grant.name("role"), member: try grant.name("member")))
        }
        let published = root["published"]?.string.flatMap { Instant($0, spelling: .javaTime) }
        var notice = ExpiryNotice(
            resource: try fields.name("resource"),
            ends: ends,
            grants: grants,
            hasAllGrants: root["more"]?.boolean == false,
            source: root["source"]?.string.flatMap { ExpiryNotice.Source(rawValue: $0) } ?? .auditLog,
            messageID: root["id"]?.string ?? messageID,
            publishTime: [published, publishTime].compactMap { $0 }.min()
        )
        notice.isOwn = true
        return notice
    }
}

extension ExpiryNotice {
    /// The notice as a message of our own.
    package var ownMessage: [UInt8] {
        let named = grants.prefix(OwnNotice.maximumGrants)
        let message: JSONText = [
            OwnNotice.versionField: .integer(OwnNotice.version),
            "resource": .string(resource),
            "ends": .strings(ends.map { "\($0)" }),
            "grants": .array(named.map { ["role": .string($0.role), "member": .string($0.member)] }),
            "more": .boolean(!hasAllGrants || named.count < grants.count),
            "source": .string(source.rawValue),
            "id": .string(messageID),
            "published": .optional(publishTime.map { "\($0)" }),
        ]
        return message.bytes()
    }
}
