/// A JSON value to be written.
package indirect enum JSONText: Sendable {
    /// An object; members are written in this order.
    case object([(name: String, value: JSONText)])
    case array([JSONText])
    /// A string, escaped when written.
    case string(String)
    case integer(Int64)
    /// `true` or `false`.
    case boolean(Bool)
    case null
    /// Text that is already JSON and is written unchanged.
    case raw([UInt8])

    package static func strings(_ texts: [String]) -> JSONText { .array(texts.map { .string($0) }) }

    /// A string, or null for nil.
    package static func optional(_ text: String?) -> JSONText { text.map { .string($0) } ?? .null }

    package enum Layout: Sendable {
        /// Without whitespace, as Gson and most libraries write it.
        case compact
        /// Two spaces per level and one member per line, as Google's endpoints respond.
        case indented
    }

    /// The value serialized as JSON.
    ///
    /// - Parameters:
    ///   - layout: Where whitespace goes.
    ///   - quote: Turns a string into JSON, quotation marks included.
    /// - Returns: The text.
    package func bytes(
        _ layout: Layout = .compact,
        quote: (String) -> [UInt8] = { JSONEscapes.quoted($0) }
    ) -> [UInt8] {
        var result: [UInt8] = []
        write(to: &result, layout, depth: 0, quote)
        return result
    }

    /// Indented, with a trailing line feed.
    package var indentedText: String { String(decoding: bytes(.indented), as: UTF8.self) + "\n" }

    private func write(to result: inout [UInt8], _ layout: Layout, depth: Int, _ quote: (String) -> [UInt8]) {
        switch self {
        case .object(let members):
            Self.enclose("{", "}", members, in: &result, layout, depth: depth) { member, result in
                result += quote(member.name)
                result += Array((layout == .compact ? ":" : ": ").utf8)
                member.value.write(to: &result, layout, depth: depth + 1, quote)
            }
        case .array(let elements):
            Self.enclose("[", "]", elements, in: &result, layout, depth: depth) { element, result in
                element.write(to: &result, layout, depth: depth + 1, quote)
            }
        case .string(let text): result += quote(text)
        case .integer(let number): result += Array(String(number).utf8)
        case .boolean(let value): result += Array((value ? "true" : "false").utf8)
        case .null: result += Array("null".utf8)
        case .raw(let bytes): result += bytes
        }
    }

    private static func enclose<Part>(
        _ opening: String,
        _ closing: String,
        _ parts: [Part],
        in result: inout [UInt8],
        _ layout: Layout,
        depth: Int,
        _ write: (Part, inout [UInt8]) -> Void
    ) {
        let newLine = { (depth: Int) -> [UInt8] in
            layout == .compact || parts.isEmpty ? [] : Array(("\n" + String(repeating: "  ", count: depth)).utf8)
        }
        result += Array(opening.utf8)
        for (position, part) in parts.enumerated() {
            if position > 0 { result.append(UInt8(ascii: ",")) }
            result += newLine(depth + 1)
            write(part, &result)
        }
        result += newLine(depth)
        result += Array(closing.utf8)
    }
}

extension JSONText: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    package init(dictionaryLiteral elements: (String, JSONText)...) {
        self = .object(elements.map { (name: $0.0, value: $0.1) })
    }

    package init(arrayLiteral elements: JSONText...) { self = .array(elements) }
}
