/// Parses RFC 8259 into a flat preorder of nodes, without recursion, so nesting costs no stack.
struct JSONParser {
    let bytes: [UInt8]
    private let rules: JSONRules
    private var cursor = 0
    private(set) var nodes: [JSONNode] = []
    /// The indices of the arrays and objects that are still open.
    private var open: [Int] = []

    init(bytes: [UInt8], rules: JSONRules) {
        self.bytes = bytes
        self.rules = rules
        // Enough for a message or a token; larger documents grow from here.
        nodes.reserveCapacity(min(bytes.count / 8 + 1, 64))
        open.reserveCapacity(8)
    }

    mutating func parseDocument() throws(JSONError) -> [JSONNode] {
        skipSpace()
        try parseValue()
        while let container = open.last {
            try continueContainer(container)
        }
        skipSpace()
        guard cursor == bytes.count else { throw .malformed(offset: cursor) }
        return nodes
    }

    /// After a value inside a container: a comma and the next child, or the container's end.
    private mutating func continueContainer(_ container: Int) throws(JSONError) {
        let isObject = nodes[container].kind == .object
        let isEmpty = nodes.count == container + 1
        skipSpace()
        if peek() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            cursor += 1
            if isObject, !rules.allowsDuplicateNames { try refuseDuplicateNames(in: container) }
            open.removeLast()
            nodes[container].end = Int32(cursor)
            nodes[container].next = Int32(nodes.count)
            return
        }
        if !isEmpty {
            try expect(UInt8(ascii: ","))
            skipSpace()
        }
        if isObject {
            guard peek() == UInt8(ascii: "\"") else { throw .malformed(offset: cursor) }
            try parseString()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
        }
        try parseValue()
    }

    /// Parses a scalar completely, or opens an array or object.
    private mutating func parseValue() throws(JSONError) {
        switch peek() {
        case UInt8(ascii: "{"): try openContainer(.object)
        case UInt8(ascii: "["): try openContainer(.array)
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "t"): try parseLiteral("true", .boolean)
        case UInt8(ascii: "f"): try parseLiteral("false", .boolean)
        case UInt8(ascii: "n"): try parseLiteral("null", .null)
        default: try parseNumber()
        }
    }

    private mutating func openContainer(_ kind: JSONKind) throws(JSONError) {
        guard open.count < rules.maximumDepth else { throw .tooDeep(offset: cursor) }
        open.append(nodes.count)
        try append(kind, from: cursor)
        cursor += 1
    }

    private mutating func parseLiteral(_ text: StaticString, _ kind: JSONKind) throws(JSONError) {
        let start = cursor
        for byte in text.description.utf8 {
            guard peek() == byte else { throw .malformed(offset: cursor) }
            cursor += 1
        }
        try append(kind, from: start)
    }

    private mutating func parseNumber() throws(JSONError) {
        let start = cursor
        if peek() == UInt8(ascii: "-") { cursor += 1 }
        if peek() == UInt8(ascii: "0") { cursor += 1 } else { try skipDigits() }
        if peek() == UInt8(ascii: ".") {
            cursor += 1
            try skipDigits()
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { cursor += 1 }
            try skipDigits()
        }
        try append(.number, from: start)
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = cursor
        while peek() >= UInt8(ascii: "0"), peek() <= UInt8(ascii: "9") { cursor += 1 }
        guard cursor > start else { throw .malformed(offset: cursor) }
    }

    private mutating func parseString() throws(JSONError) {
        let start = cursor
        var hasEscapes = false
        cursor += 1
        while true {
            cursor = endOfPlainText()
            switch peek() {
            case UInt8(ascii: "\""):
                cursor += 1
                try append(.string, from: start, hasEscapes: hasEscapes)
                return
            case UInt8(ascii: "\\"):
                cursor += 1
                hasEscapes = true
                try skipEscape()
            default: throw .malformed(offset: cursor)
            }
        }
    }

    /// The next byte from the cursor on that ends a string, begins an escape or is not allowed.
    private func endOfPlainText() -> Int {
        bytes[cursor...].firstIndex { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") } ?? bytes.count
    }

    /// Checks one escape; the cursor is just after the backslash.
    private mutating func skipEscape() throws(JSONError) {
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            cursor += 1
            return
        case UInt8(ascii: "u"): cursor += 1
        default: throw .malformed(offset: cursor)
        }
        let offset = cursor
        switch try parseCodeUnit() {
        case 0 where !rules.allowsNUL: throw .nul(offset: offset)
        case 0xD800...0xDBFF:
            try expect(UInt8(ascii: "\\"))
            try expect(UInt8(ascii: "u"))
            guard (0xDC00...0xDFFF).contains(try parseCodeUnit()) else { throw .malformed(offset: offset) }
        case 0xDC00...0xDFFF: throw .malformed(offset: offset)
        default: break
        }
    }

    private mutating func parseCodeUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = JSONEscapes.hexDigit(peek()) else { throw .malformed(offset: cursor) }
            unit = unit << 4 | digit
            cursor += 1
        }
        return unit
    }

    private mutating func append(_ kind: JSONKind, from start: Int, hasEscapes: Bool = false) throws(JSONError) {
        guard nodes.count < rules.maximumValues else { throw .tooManyValues(offset: start) }
        let next = Int32(nodes.count + 1)
        nodes.append(
            JSONNode(kind: kind, hasEscapes: hasEscapes, start: Int32(start), end: Int32(cursor), next: next)
        )
    }

    /// The next byte; at the end U+0000, which the grammar never allows.
    private func peek() -> UInt8 { cursor < bytes.count ? bytes[cursor] : 0 }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard peek() == byte else { throw .malformed(offset: cursor) }
        cursor += 1
    }

    private mutating func skipSpace() {
        while peek() == 0x20 || peek() == 0x0A || peek() == 0x0D || peek() == 0x09 { cursor += 1 }
    }
}
