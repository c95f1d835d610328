package import GoogleCloud
package import IAMPolicy
package import LosslessJSON
internal import Timestamps

/// The messages that tell subscribers what a policy write removed (format: `deploy/announcement.schema.json`).
///
/// Field names match those of JIT Access's own messages where both carry the same information.
package enum Announcement {
    /// The limit on one message's data, in bytes; Pub/Sub accepts 10 MB.
    package static let maximumBytes = 9_000_000

    /// The attributes subscribers filter on; `origin` also tells this service to ignore its own messages.
    package static func attributes(of write: PolicyWrite) -> [String: String] {
        var attributes = ["origin": "jit-cleanup"]
        attributes["project"] = write.resource.projectID
        return attributes
    }

    /// The data of one write's messages: a single message unless its data would exceed the limit.
    ///
    /// A single binding larger than the limit gets a message of its own.
    ///
    /// - Parameters:
    ///   - write: A write known to have been applied.
    ///   - maximumBytes: The limit on one message's data, in bytes.
    /// - Returns: One JSON object per message; empty on a dry run or if nothing was removed.
    package static func messages(for write: PolicyWrite, maximumBytes: Int = maximumBytes) -> [[UInt8]] {
        guard !write.isDryRun else { return [] }
        // `room` leaves space for everything but the bindings themselves.
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
    /// The JSON form used by announcements and `sweep`.
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
    /// The members that identify it in announcements and results; `project_id` for projects only.
    package var jsonMembers: [(name: String, value: JSONText)] {
        (projectID.map { [("project_id", .string($0))] } ?? []) + [("resource", .string(name))]
    }
}
