/// The escapes of JSON strings (RFC 8259, section 7): decoding and encoding.
package enum JSONEscapes {
    /// Decodes the escapes in a string's content, which the parser has already validated.
    static func decode(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var cursor = content.startIndex
        while cursor < content.endIndex {
            // Escapes are few, so the text between them is copied in one go.
            let plain = content[cursor...].prefix { $0 != UInt8(ascii: "\\") }
            result.append(contentsOf: plain)
            cursor = plain.endIndex
            guard cursor < content.endIndex else { break }
            let kind = content[cursor + 1]
            cursor += 2
            guard kind == UInt8(ascii: "u") else {
                result.append(simple(kind))
                continue
            }
            var scalar = codeUnit(content, at: cursor)
            cursor += 4
            if (0xD800...0xDBFF).contains(scalar) {
                let low = codeUnit(content, at: cursor + 2)
                cursor += 6
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00)
            }
            result.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        }
        return result
    }

    /// The text as a JSON string, quotes included: quotation mark, backslash and hidden characters escaped.
    package static func quoted(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 2)
        append(text, to: &result)
        return result
    }

    /// Appends the text as a JSON string.
    package static func append(_ text: String, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\""))
        if isPlain(text.utf8.span) {
            // The pointer is used within the closure only; a string's UTF-8 view is slow to append.
            unsafe text.utf8.span.withUnsafeBufferPointer { unsafe result.append(contentsOf: $0) }
        } else {
            for scalar in text.unicodeScalars { append(scalar, to: &result) }
        }
        result.append(UInt8(ascii: "\""))
    }

    /// Whether the text is ASCII that needs no escaping, as nearly all text is.
    private static func isPlain(_ text: borrowing Span<UInt8>) -> Bool {
        for index in text.indices {
            let byte = text[index]
            if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout [UInt8]) {
        switch scalar {
        case "\"", "\\": result += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
        case "\n": result += Array(#"\n"#.utf8)
        case "\r": result += Array(#"\r"#.utf8)
        case "\t": result += Array(#"\t"#.utf8)
        case _ where scalar.isHidden:
            for unit in String(scalar).utf16 {
                let hex = String(unit, radix: 16)
                result += Array((#"\u"# + String(repeating: "0", count: 4 - hex.utf8.count) + hex).utf8)
            }
        default: result.append(contentsOf: String(scalar).utf8)
        }
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private static func codeUnit(_ content: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
        content[offset..<(offset + 4)].reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
    }

    private static func simple(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character could move the cursor, start a line or reorder text.
    package var isHidden: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
