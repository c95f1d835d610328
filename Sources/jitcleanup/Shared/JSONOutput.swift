internal import LosslessJSON

/// What a command writes as JSON: two spaces for each level, members in the order of the code.
indirect enum JSONOutput {
    case object(KeyValuePairs<String, JSONOutput>)
    case array([JSONOutput])
    case text(String)
    case number(Int)
    case boolean(Bool)
    case null

    /// Null if there is no text.
    static func optional(_ text: String?) -> JSONOutput { text.map { .text($0) } ?? .null }

    /// An array of texts.
    static func texts(_ texts: [String]) -> JSONOutput { .array(texts.map { .text($0) }) }

    /// The text, with a line feed at its end.
    var text: String { rendered(depth: 0) + "\n" }

    private func rendered(depth: Int) -> String {
        switch self {
        case .object(let members):
            Self.enclosed("{", members.map { "\(Self.quoted($0)): \($1.rendered(depth: depth + 1))" }, "}", depth)
        case .array(let elements):
            Self.enclosed("[", elements.map { $0.rendered(depth: depth + 1) }, "]", depth)
        case .text(let text): Self.quoted(text)
        case .number(let number): String(number)
        case .boolean(let value): String(value)
        case .null: "null"
        }
    }

    private static func enclosed(_ opening: String, _ parts: [String], _ closing: String, _ depth: Int) -> String {
        guard !parts.isEmpty else { return opening + closing }
        let indent = String(repeating: "  ", count: depth)
        return "\(opening)\n" + parts.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)\(closing)"
    }

    private static func quoted(_ text: String) -> String { String(decoding: JSONEscapes.quoted(text), as: UTF8.self) }
}
