/// Reads RFC 8259 into a flat preorder of nodes, without recursion, so nesting costs no stack.
struct JSONParser {
    private let bytes: [UInt8]
    private let rules: JSONRules
    private var cursor = 0
    private var nodes: [JSONNode] = []
    /// The indices of the arrays and objects that are still open.
    private var open: [Int] = []

    init(bytes: [UInt8], rules: JSONRules) {
        self.bytes = bytes
        self.rules = rules
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

    /// Reads a scalar whole; opens an array or object.
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
        append(kind, from: cursor)
        cursor += 1
    }

    private mutating func parseLiteral(_ text: StaticString, _ kind: JSONKind) throws(JSONError) {
        let start = cursor
        for byte in text.description.utf8 {
            guard peek() == byte else { throw .malformed(offset: cursor) }
            cursor += 1
        }
        append(kind, from: start)
    }

    private mutating func parseNumber() throws(JSONError) {
        let start = cursor
        if peek() == UInt8(ascii: "-") { cursor += 1 }
        if peek() == UInt8(ascii: "0") { cursor += 1 } else { try skipDigits() }
        if peek() == UInt8(ascii: ".") {
            cursor += 1
            try skipDigits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { cursor += 1 }
            try skipDigits()
        }
        append(.number, from: start)
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = cursor
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { cursor += 1 }
        guard cursor > start else { throw .malformed(offset: cursor) }
    }

    private mutating func parseString() throws(JSONError) {
        let start = cursor
        var hasEscapes = false
        cursor += 1
        while true {
            guard let byte = peek(), byte >= 0x20 else { throw .malformed(offset: cursor) }
            cursor += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
            }
        }
        append(.string, from: start)
        nodes[nodes.count - 1].hasEscapes = hasEscapes
    }

    /// Checks one escape; the cursor stands behind the backslash.
    private mutating func skipEscape() throws(JSONError) {
        guard let kind = peek() else { throw .malformed(offset: cursor) }
        cursor += 1
        guard kind == UInt8(ascii: "u") else {
            guard #""\/bfnrt"#.utf8.contains(kind) else { throw .malformed(offset: cursor - 1) }
            return
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
            guard let byte = peek(), let digit = JSONEscapes.hexDigit(byte) else { throw .malformed(offset: cursor) }
            unit = unit << 4 | digit
            cursor += 1
        }
        return unit
    }

    private mutating func append(_ kind: JSONKind, from start: Int) {
        let next = Int32(nodes.count + 1)
        nodes.append(
            JSONNode(kind: kind, hasEscapes: false, start: Int32(start), end: Int32(cursor), next: next)
        )
    }

    private func peek() -> UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard peek() == byte else { throw .malformed(offset: cursor) }
        cursor += 1
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { cursor += 1 }
    }

    /// The most members that are compared pair by pair: hashing costs more for as few as objects mostly have.
    static let pairwiseNames = 12

    private func refuseDuplicateNames(in container: Int) throws(JSONError) {
        var seen: Set<ArraySlice<UInt8>> = []
        var count = 0
        var child = container + 1
        while child < nodes.count {
            if count < Self.pairwiseNames {
                var earlier = container + 1
                while earlier < child {
                    guard !isSameName(nodes[earlier], nodes[child]) else {
                        throw .duplicateName(offset: Int(nodes[child].start))
                    }
                    earlier = Int(nodes[earlier + 1].next)
                }
            } else {
                if seen.isEmpty { seen = names(from: container + 1, to: child) }
                guard seen.insert(name(nodes[child])).inserted else {
                    throw .duplicateName(offset: Int(nodes[child].start))
                }
            }
            count += 1
            child = Int(nodes[child + 1].next)
        }
    }

    /// The names of an object's members from one child up to another.
    private func names(from first: Int, to end: Int) -> Set<ArraySlice<UInt8>> {
        var names: Set<ArraySlice<UInt8>> = []
        var child = first
        while child < end {
            names.insert(name(nodes[child]))
            child = Int(nodes[child + 1].next)
        }
        return names
    }

    /// A name's content, unescaped.
    private func name(_ node: JSONNode) -> ArraySlice<UInt8> {
        let content = bytes[(Int(node.start) + 1)..<(Int(node.end) - 1)]
        return node.hasEscapes ? JSONEscapes.decode(content)[...] : content
    }

    private func isSameName(_ left: JSONNode, _ right: JSONNode) -> Bool {
        guard !left.hasEscapes, !right.hasEscapes else { return name(left) == name(right) }
        let count = Int(left.end - left.start)
        guard count == Int(right.end - right.start) else { return false }
        let (first, second) = (Int(left.start), Int(right.start))
        for offset in 0..<count where bytes[first + offset] != bytes[second + offset] { return false }
        return true
    }
}
