/// A JSON value to be written.
package enum JSONText: Sendable {
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

    /// Room to begin with; most texts are shorter.
    private static let usualBytes = 1024

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
    ///   - appendString: Appends a string as JSON, quotation marks included.
    /// - Returns: The text.
    package func bytes(
        _ layout: Layout = .compact,
        appendString: (String, inout [UInt8]) -> Void = JSONEscapes.append
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(Self.usualBytes)
        write(to: &result, layout, depth: 0, appendString)
        return result
    }

    /// Indented, with a trailing line feed.
    package var indentedText: String { String(decoding: bytes(.indented), as: UTF8.self) + "\n" }

    private func write(
        to result: inout [UInt8],
        _ layout: Layout,
        depth: Int,
        _ appendString: (String, inout [UInt8]) -> Void
    ) {
        func beginLine(_ depth: Int) {
            if layout == .indented { result.append(contentsOf: ("\n" + String(repeating: "  ", count: depth)).utf8) }
        }
        switch self {
        case .object(let members):
            result.append(UInt8(ascii: "{"))
            for index in members.indices {
                if index > 0 { result.append(UInt8(ascii: ",")) }
                beginLine(depth + 1)
                appendString(members[index].name, &result)
                result.append(UInt8(ascii: ":"))
                if layout == .indented { result.append(UInt8(ascii: " ")) }
                members[index].value.write(to: &result, layout, depth: depth + 1, appendString)
            }
            if !members.isEmpty { beginLine(depth) }
            result.append(UInt8(ascii: "}"))
        case .array(let elements):
            result.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { result.append(UInt8(ascii: ",")) }
                beginLine(depth + 1)
                elements[index].write(to: &result, layout, depth: depth + 1, appendString)
            }
            if !elements.isEmpty { beginLine(depth) }
            result.append(UInt8(ascii: "]"))
        case .string(let text): appendString(text, &result)
        case .integer(let number): result.append(contentsOf: String(number).utf8)
        case .boolean(let value): result.append(contentsOf: (value ? "true" : "false").utf8)
        case .null: result.append(contentsOf: "null".utf8)
        case .raw(let bytes): result += bytes
        }
    }
}

extension JSONText: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    package init(dictionaryLiteral elements: (String, JSONText)...) {
        self = .object(elements.map { (name: $0.0, value: $0.1) })
    }

    package init(arrayLiteral elements: JSONText...) { self = .array(elements) }
}
