/// One line of a difference between two policies, for a terminal.
package struct DifferenceLine: Equatable, Sendable {
    /// Which of the two policies has the line.
    package enum Marker: String, Sendable {
        case both = " "
        case onlyBefore = "-"
        case onlyAfter = "+"
    }

    /// Which of the two policies has the line.
    package let marker: Marker
    /// The text, without control characters.
    package let text: String
}

extension DifferenceLine: CustomStringConvertible {
    /// The marker and the text, as `diff -u` writes them.
    package var description: String { text.isEmpty ? marker.rawValue : "\(marker.rawValue) \(text)" }
}

/// Compares what two policies grant, binding by binding: role, condition and members.
///
/// Runs of bindings that are the same in both are counted instead of shown. Texts of a policy are untrusted, so
/// control and formatting characters are shown as escapes.
package enum PolicyDifference {
    /// The lines of the difference; none if the policies have the same bindings in the same order.
    package static func lines(from before: Policy, to after: Policy) -> [DifferenceLine] {
        var result: [DifferenceLine] = []
        var unchanged = 0
        func flushUnchanged() {
            if unchanged > 0 {
                result.append(
                    .init(marker: .both, text: "(\(unchanged) \(unchanged == 1 ? "binding" : "bindings") unchanged)")
                )
            }
            unchanged = 0
        }
        let pairs = aligned(before.bindings.map { Block($0) }, after.bindings.map { Block($0) }) { $0.header }
        guard pairs.contains(where: { $0.0 != $0.1 }) else { return [] }
        for pair in pairs {
            if pair.0 == pair.1 {
                unchanged += 1
                continue
            }
            flushUnchanged()
            result += lines(of: pair)
        }
        flushUnchanged()
        return result
    }

    private static func lines(of pair: (Block?, Block?)) -> [DifferenceLine] {
        let header = aligned(pair.0?.header ?? [], pair.1?.header ?? []) { $0 }
        let members = aligned(pair.0?.members ?? [], pair.1?.members ?? []) { $0 }
        return (header + members).compactMap { line in
            switch line {
            case (.some(let text), .some): DifferenceLine(marker: .both, text: text)
            case (.some(let text), .none): DifferenceLine(marker: .onlyBefore, text: text)
            case (.none, .some(let text)): DifferenceLine(marker: .onlyAfter, text: text)
            case (.none, .none): nil
            }
        }
    }

    /// Both lists side by side: elements of equal keys face each other, any other faces nothing.
    private static func aligned<Element, Key: Hashable>(
        _ before: [Element],
        _ after: [Element],
        by key: (Element) -> Key
    ) -> [(Element?, Element?)] {
        let difference = after.map(key).difference(from: before.map(key))
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var result: [(Element?, Element?)] = []
        var (left, right) = (0, 0)
        while left < before.count || right < after.count {
            if removed.contains(left) {
                result.append((before[left], nil))
                left += 1
            } else if inserted.contains(right) {
                result.append((nil, after[right]))
                right += 1
            } else {
                result.append((before[left], after[right]))
                left += 1
                right += 1
            }
        }
        return result
    }

    /// A binding as lines: what identifies it, and its members.
    private struct Block: Equatable {
        let header: [String]
        let members: [String]

        init(_ binding: Binding) {
            var header = [printable(binding.role)]
            if let title = binding.title { header.append("    condition: \(printable(title))") }
            if let expression = binding.expression { header.append("        if \(printable(expression))") }
            self.header = header
            self.members = (binding.members ?? []).map { "    \(printable($0.text))" }
        }
    }

    /// The text with everything escaped that could move a terminal's cursor or reorder its text.
    private static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
