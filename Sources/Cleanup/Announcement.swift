internal import GoogleCloud
internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// What a policy write took away, as messages for whoever wants to know (the format: `deploy/announcement.schema.json`).
///
/// The names of the fields are those of JIT Access's own messages where both say the same.
package enum Announcement {
    /// Data of one message is kept below this many bytes; Pub/Sub takes 10 MB.
    package static let maximumBytes = 9_000_000

    /// The attributes by which subscribers filter; `origin` also tells this service to leave its own messages alone.
    package static func attributes(of write: PolicyWrite) -> [String: String] {
        ["origin": "jit-cleanup", "project": write.project.value]
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
        let head = head(of: write)
        // Brackets, `"part"` and `"parts"` with numbers of any length that could be.
        let room = maximumBytes - head.count - 96
        var groups: [[[UInt8]]] = []
        var size = 0
        for text in write.removed.map({ Self.text(of: $0) }) {
            if groups.isEmpty || size + text.count + 1 > room {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(text)
            size += text.count + 1
        }
        return groups.enumerated().map { index, group in
            let place = #","part":\#(index + 1),"parts":\#(groups.count),"removed":["#
            return head + Array(place.utf8) + Array(group.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
        }
    }

    private static func head(of write: PolicyWrite) -> [UInt8] {
        var text = #"{"project_id":"#.utf8 + JSONEscapes.quoted(write.project.value)
        text += #","time":"#.utf8 + JSONEscapes.quoted(write.time.description)
        text += #","message_ids":"#.utf8 + list(write.causes)
        text += #","etag_before":"#.utf8 + JSONEscapes.quoted(write.etagBefore)
        text += #","etag_after":"#.utf8 + (write.etagAfter.map { JSONEscapes.quoted($0) } ?? Array("null".utf8))
        return text
    }

    private static func text(of binding: ExpiredBinding) -> [UInt8] {
        var text = #"{"role":"#.utf8 + JSONEscapes.quoted(binding.role)
        text += #","members":"#.utf8 + list(binding.members)
        text += #","start_time":"#.utf8 + JSONEscapes.quoted(binding.period.start.description)
        text += #","end_time":"#.utf8 + JSONEscapes.quoted(binding.period.end.description)
        text += #","title":"#.utf8 + JSONEscapes.quoted(binding.title)
        text +=
            #","description":"#.utf8 + (binding.description.map { JSONEscapes.quoted($0) } ?? Array("null".utf8))
        text += Array(#","whole_binding":true}"#.utf8)
        return text
    }

    private static func list(_ texts: [String]) -> [UInt8] {
        [UInt8(ascii: "[")] + texts.map { JSONEscapes.quoted($0) }.joined(separator: [UInt8(ascii: ",")])
            + [UInt8(ascii: "]")]
    }
}
