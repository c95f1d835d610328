/// Undoes zlib's compression (RFC 1950 and 1951), in which the large cases of the vectors are kept.
struct Inflate {
    struct Malformed: Error {}

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12289, 16385, 24577,
    ]
    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private let input: [UInt8]
    private var position = 2
    private var bit = 0
    private var output: [UInt8] = []

    /// What was compressed; its checksum is not looked at.
    static func zlib(_ bytes: [UInt8]) throws -> [UInt8] {
        var inflate = Inflate(input: bytes)
        while try !inflate.block() {}
        return inflate.output
    }

    private init(input: [UInt8]) {
        self.input = input
    }

    /// Undoes one block, and tells whether it was the last.
    private mutating func block() throws -> Bool {
        let isLast = try bits(1) == 1
        switch try bits(2) {
        case 0:
            if bit > 0 { (position, bit) = (position + 1, 0) }
            let count = try bits(16)
            _ = try bits(16)
            for _ in 0..<count { output.append(UInt8(try bits(8))) }
        case 1:
            let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
            try symbols(Code(lengths), Code(Array(repeating: 5, count: 30)))
        case 2:
            let (literals, distances) = (try bits(5) + 257, try bits(5) + 1)
            var orderLengths = Array(repeating: 0, count: 19)
            for place in 0..<(try bits(4) + 4) { orderLengths[Self.lengthOrder[place]] = try bits(3) }
            let order = Code(orderLengths)
            var lengths: [Int] = []
            while lengths.count < literals + distances {
                switch try symbol(order) {
                case 16:
                    guard let last = lengths.last else { throw Malformed() }
                    lengths += Array(repeating: last, count: try bits(2) + 3)
                case 17: lengths += Array(repeating: 0, count: try bits(3) + 3)
                case 18: lengths += Array(repeating: 0, count: try bits(7) + 11)
                case let length: lengths.append(length)
                }
            }
            try symbols(Code(Array(lengths[..<literals])), Code(Array(lengths[literals...])))
        default: throw Malformed()
        }
        return isLast
    }

    private mutating func symbols(_ literals: Code, _ distances: Code) throws {
        while true {
            let symbol = try symbol(literals)
            if symbol == 256 { return }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            guard symbol - 257 < Self.lengthBases.count else { throw Malformed() }
            let length = Self.lengthBases[symbol - 257] + (try bits(Self.lengthBits[symbol - 257]))
            let code = try self.symbol(distances)
            guard code < Self.distanceBases.count else { throw Malformed() }
            let distance = Self.distanceBases[code] + (try bits(max(0, code / 2 - 1)))
            guard distance <= output.count else { throw Malformed() }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private mutating func bits(_ count: Int) throws -> Int {
        var value = 0
        for place in 0..<count {
            guard position < input.count else { throw Malformed() }
            value |= Int(input[position] >> bit & 1) << place
            bit += 1
            if bit == 8 { (position, bit) = (position + 1, 0) }
        }
        return value
    }

    /// The next symbol of a canonical Huffman code.
    private mutating func symbol(_ code: Code) throws -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value = value << 1 | (try bits(1))
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
        }
        throw Malformed()
    }

    /// A canonical Huffman code: how many symbols there are of each length, and the symbols in their order.
    private struct Code {
        var counts = Array(repeating: 0, count: 16)
        var symbols: [Int] = []

        init(_ lengths: [Int]) {
            for length in 1...15 {
                let found = lengths.indices.filter { lengths[$0] == length }
                counts[length] = found.count
                symbols += found
            }
        }
    }
}
