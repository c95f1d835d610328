package import GoogleCloud
package import IAMPolicy
package import LosslessJSON
internal import Timestamps

/// What a policy write took away, as messages for subscribers (the format: `deploy/announcement.schema.json`).
///
/// The names of the fields are those of JIT Access's own messages where both say the same.
package enum Announcement {
    /// Data of one message is kept below this many bytes; Pub/Sub takes 10 MB.
    package static let maximumBytes = 9_000_000

    /// The attributes by which subscribers filter; `origin` also tells this service to leave its own messages alone.
    package static func attributes(of write: PolicyWrite) -> [String: String] {
        var attributes = ["origin": "jit-cleanup"]
        attributes["project"] = write.resource.projectID
        return attributes
    }

    /// The data of the messages of one write: one message, unless its data would be too large.
    ///
    /// A single binding that is larger than the limit has a message of its own.
    ///
    /// - Parameters:
    ///   - write: A write that is known to stand.
    ///   - maximumBytes: The limit of one message's data.
    /// - Returns: The data, a JSON object each; nothing on a dry run, or if nothing was removed.
    package static func messages(for write: PolicyWrite, maximumBytes: Int = maximumBytes) -> [[UInt8]] {
        guard !write.isDryRun else { return [] }
        // Names and numbers of parts, and brackets, are added to the rest of a message.
        let room = maximumBytes - message(write, part: .max, of: .max, []).bytes().count
        var groups: [[[UInt8]]] = []
        var size = 0
        for text in write.removed.map({ $0.json.bytes() }) {
            if groups.isEmpty || size + text.count + 1 > room {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(text)
            size += text.count + 1
        }
        return groups.enumerated().map { index, group in
            message(write, part: index + 1, of: groups.count, group).bytes()
        }
    }

    private static func message(_ write: PolicyWrite, part: Int, of parts: Int, _ removed: [[UInt8]]) -> JSONText {
        let members: [(name: String, value: JSONText)] = [
            ("time", .string("\(write.time)")),
            ("message_ids", .strings(write.causes)),
            ("etag_before", .string(write.etagBefore)),
            ("etag_after", .optional(write.etagAfter)),
            ("part", .integer(Int64(part))),
            ("parts", .integer(Int64(parts))),
            ("removed", .array(removed.map { .raw($0) })),
        ]
        return .object(write.resource.jsonMembers + members)
    }
}

extension ExpiredBinding {
    /// As announcements and `sweep` write it.
    package var json: JSONText {
        [
            "role": .string(role),
            "members": .strings(members),
            "start_time": .optional(period.start.map { "\($0)" }),
            "end_time": .string("\(period.end)"),
            "title": .optional(title),
            "description": .optional(description),
            "whole_binding": .boolean(true),
        ]
    }
}

extension PolicyResource {
    /// What names it in announcements and results; `project_id` is there for projects only.
    package var jsonMembers: [(name: String, value: JSONText)] {
        (projectID.map { [("project_id", .string($0))] } ?? []) + [("resource", .string(name))]
    }
}
