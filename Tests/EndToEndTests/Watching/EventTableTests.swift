import LosslessJSON
import TestSupport
import Testing

@testable import Service

@Suite("The table of log events in deploy/README.md", .timeLimit(.minutes(3)))
struct EventTableTests {
    /// An event's row: its severities and its fields.
    private struct Row {
        let event: String
        let severities: Set<String>
        let fields: Set<String>
    }

    /// What any line of a push, or any line at all, may have.
    private static let common: Set<String> = [
        "message", "event", "message_id", "delivery_attempt", "resource", "project", "beneficiary", "roles", "end",
        "family",
    ]

    private func rows() throws -> [Row] {
        let readme = try Repository.text("deploy/README.md")
        let section = try #require(readme.split(separator: /\n##+[ ]/).first { $0.hasPrefix("Every event\n") })
        let rows = section.split(separator: "\n").compactMap { line -> (row: Row, other: String?)? in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count > 4, let match = cells[1].firstMatch(of: /`([a-z]+\.[a-z-]+)`/) else { return nil }
            let row = Row(
                event: String(match.output.1),
                severities: Set(cells[2].matches(of: /[A-Z]+/).map { String($0.output) }),
                fields: Set(cells[4].matches(of: /`([a-z_]+)`/).map { String($0.output.1) })
            )
            return (row, cells[4].firstMatch(of: /what else `([a-z]+\.[a-z-]+)` has/).map { String($0.output.1) })
        }
        return rows.map { row, other in
            let more = rows.first { $0.row.event == other }?.row.fields ?? []
            return Row(event: row.event, severities: row.severities, fields: row.fields.union(more))
        }
    }

    /// The events that the sources name, wherever they write lines.
    private func events() throws -> Set<String> {
        var events: Set<String> = []
        for path in try Repository.files(in: "Sources", ending: ".swift") {
            let text = try Repository.text(path)
            for match in text.matches(of: /(?:"event":|Event =)([^\n]*)/) {
                for name in match.output.1.matches(of: /"([a-z]+\.[a-z-]+)"/) { events.insert(String(name.output.1)) }
            }
            guard path.hasSuffix("/PushEvent.swift") else { continue }
            for match in text.matches(of: /case [A-Za-z]+ = "([a-z]+\.[a-z-]+)"/) {
                events.insert(String(match.output.1))
            }
        }
        return events
    }

    @Test func `it has every event of the sources, once, and no other`() throws {
        let documented = try rows().map(\.event)
        #expect(documented.sorted() == (try events()).sorted())
    }

    @Test func `each event occurs, with fields and severities that the table has`() async throws {
        let rows = Dictionary(uniqueKeysWithValues: try rows().map { ($0.event, $0) })
        var seen: Set<String> = []
        for entry in try await Decisions.shared.value.lines.map(LogEntry.init) {
            let row = try #require(rows[entry.event], "\(entry.event)")
            seen.insert(entry.event)
            // What libraries say is theirs.
            if entry.event == CloudLogLine.libraryEvent { continue }
            let unknown = Set(entry.names).subtracting(Self.common).subtracting(row.fields)
            #expect(unknown.isEmpty, "\(entry.event)")
            #expect(row.severities.contains(entry.line["severity"]?.string ?? ""), "\(entry.event)")
        }
        #expect(seen.sorted() == rows.keys.sorted())
    }
}
