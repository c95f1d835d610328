/// A JSON value that is to be written.
package indirect enum JSONText: Sendable {
    /// An object, its members in this order.
    case object([(name: String, value: JSONText)])
    case array([JSONText])
    /// A string, escaped when written.
    case string(String)
    case integer(Int64)
    /// `true` or `false`.
    case boolean(Bool)
    case null
    /// Text that is JSON already and goes out as it is.
    case raw([UInt8])

    package static func strings(_ texts: [String]) -> JSONText { .array(texts.map { .string($0) }) }

    /// A string, or null without one.
    package static func optional(_ text: String?) -> JSONText { text.map { .string($0) } ?? .null }

    /// How the text is laid out.
    package enum Layout: Sendable {
        /// Without white space, as Gson and most libraries write.
        case compact
        /// Two spaces for each level and a line for each member, as Google's endpoints answer.
        case indented
    }

    /// The value as JSON.
    ///
    /// - Parameters:
    ///   - layout: Where white space goes.
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

    /// Indented, with a line feed at its end.
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
