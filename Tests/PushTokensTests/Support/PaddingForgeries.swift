/// RSA blocks that are almost a PKCS #1 v1.5 signature of a digest (RFC 8017, section 9.2), for the private key to sign.
///
/// The shapes are those of Wycheproof's signature vectors and of the forgeries that worked against real verifiers:
/// Bleichenbacher 2006 (data behind the hash), CVE-2006-4339, CVE-2014-1568 (BER lengths), CVE-2018-15836 (unchecked
/// padding), CVE-2021-30130 and others.
struct PaddingForgeries {
    /// A block that no verifier may take.
    struct Forgery: Sendable {
        let name: String
        let block: [UInt8]
    }

    let digest: [UInt8]
    /// The size of the modulus in bytes.
    let size: Int

    /// The one good block.
    var control: [UInt8] { block(DigestInfo(digest: digest).bytes) }

    /// Every forgery once.
    var all: [Forgery] {
        var seen: Set<[UInt8]> = [control]
        return Self.kinds.keys.flatMap(forgeries).filter { seen.insert($0.block).inserted }
    }

    /// What is wrong with them.
    static let kinds: [String: @Sendable (Self) -> [(String, [UInt8]?)]] = [
        "another hash's identifier": { $0.hashIdentifiers },
        "missing, longer or other parameters": { $0.parameters },
        "lengths in BER's other forms": { $0.berLengths },
        "wrong lengths": { $0.wrongLengths },
        "other tags": { $0.tags },
        "a flipped bit before the hash": { $0.flippedBits },
        "data behind the hash": { $0.trailingData },
        "the hash cut, stretched or in the wrong place": { $0.hashes },
        "another first byte or block type": { $0.blockTypes },
        "padding that is too short": { $0.shortPaddings },
        "another byte in the padding": { $0.paddingBytes },
        "another scheme's block": { $0.otherSchemes },
    ]

    func forgeries(_ kind: String) -> [Forgery] {
        let made = Self.kinds[kind]?(self) ?? []
        return made.compactMap { name, block in
            guard let block, block.count == size, block != control else { return nil }
            return Forgery(name: "\(kind): \(name)", block: block)
        }
    }

    /// `00 01 FF … FF 00` and the content, filling the block.
    func block(_ content: [UInt8], behind garbage: [UInt8] = []) -> [UInt8] {
        [0, 1] + padding(size - 3 - content.count - garbage.count) + [0] + content + garbage
    }

    func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFF, count: max(0, count)) }

    private var hashIdentifiers: [(String, [UInt8]?)] {
        HashIdentifier.others.flatMap { hash in
            let fitting = Array((digest + digest).prefix(hash.size))
            return [
                (hash.name, block(DigestInfo(object: hash.object, digest: digest).bytes)),
                ("\(hash.name), hash of its size", block(DigestInfo(object: hash.object, digest: fitting).bytes)),
                (
                    "\(hash.name), no parameters",
                    block(DigestInfo(object: hash.object, parameters: [], digest: digest).bytes)
                ),
            ]
        }
    }

    private var parameters: [(String, [UInt8]?)] {
        let others: [[UInt8]] = [
            [], [5, 0, 5, 0], [5, 1, 0], [5, 1, 0xFF], [5, 2, 5, 0], [4, 0], [4, 2, 0x41, 0x42], [0x30, 0], [0x31, 0],
            [2, 1, 0], [2, 1, 1], [1, 1, 0xFF], [1, 1, 0], [0x0C, 0], [0x0C, 1, 0x41], [0x13, 0], [3, 1, 0], [6, 1, 0],
            [0, 0], [0x80, 0], [0xA0, 2, 5, 0], [0x25, 0], [5], [0],
            [4, 100] + [UInt8](repeating: 0x41, count: 100), [0x30, 4, 5, 0, 5, 0],
        ]
        return others.map { other in
            ("\(other.prefix(8))", block(DigestInfo(parameters: other, digest: digest).bytes))
        }
    }

    private var berLengths: [(String, [UInt8]?)] {
        DigestInfo.Part.allCases.flatMap { part in
            DigestInfo.lengthForms.map { form in
                let info = DigestInfo(digest: digest, lengthForm: (part, form))
                return ("\(part) \(form)", block(info.bytes))
            }
        }
    }

    /// The positions of the five lengths in the good DigestInfo.
    private static let lengthPositions = [1, 3, 5, 16, 18]
    private static let tagPositions = [0, 2, 4, 15, 17]

    private var wrongLengths: [(String, [UInt8]?)] {
        Self.lengthPositions.flatMap { position in
            let right = DigestInfo(digest: digest).bytes[position]
            let others: [UInt8] = [right &- 1, right &+ 1, right &+ 2, 0, 0x7F, 0x80, 0x81, 0x84, 0x89, 0xFF]
            return others.map { ("\($0) at \(position)", changed(position, to: $0)) }
        }
    }

    private var tags: [(String, [UInt8]?)] {
        Self.tagPositions.flatMap { position in
            ([0, 1, 2, 3, 4, 5, 6, 0x10, 0x1F, 0x24, 0x25, 0x30, 0x31, 0x70, 0xA0, 0xFF] as [UInt8]).map {
                ("\($0) at \(position)", changed(position, to: $0))
            }
        }
    }

    private var flippedBits: [(String, [UInt8]?)] {
        (0..<19).flatMap { position in
            (0..<8).map { bit in
                ("\(bit) at \(position)", changed(position, to: DigestInfo(digest: digest).bytes[position] ^ 1 << bit))
            }
        }
    }

    private func changed(_ position: Int, to byte: UInt8) -> [UInt8] {
        var info = DigestInfo(digest: digest).bytes
        info[position] = byte
        return block(info)
    }

    private var trailingData: [(String, [UInt8]?)] {
        [1, 2, 3, 4, 8, 16, 32, 64, 100, 128, 190, 194].flatMap { count in
            ([0, 0x41, 0xFF] as [UInt8]).flatMap { fill in
                let garbage = [UInt8](repeating: fill, count: count)
                return [
                    ("\(count) of \(fill)", block(DigestInfo(digest: digest).bytes, behind: garbage)),
                    ("\(count) of \(fill), counted in", block(DigestInfo(digest: digest, behindHash: garbage).bytes)),
                    (
                        "\(count) of \(fill) behind the parameters",
                        block(DigestInfo(parameters: [5, 0] + garbage, digest: digest).bytes)
                    ),
                ]
            }
        }
    }

    private var hashes: [(String, [UInt8]?)] {
        let info = DigestInfo(digest: []).bytes.dropLast(2)
        let hex = digest.flatMap { Array((String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)).utf8) }
        let contents: [(String, [UInt8])] = [
            ("none", []), ("alone", digest), ("alone behind a length", [32] + digest),
            ("as octets only", [4, 32] + digest), ("before its identifier", digest + DigestInfo(digest: []).bytes),
            ("in hexadecimal", DigestInfo(digest: hex).bytes),
            ("reversed", DigestInfo(digest: digest.reversed()).bytes),
            ("of zeros", DigestInfo(digest: [UInt8](repeating: 0, count: 32)).bytes),
            ("twice", DigestInfo(digest: digest + digest).bytes),
            ("behind a zero", DigestInfo(digest: [0] + digest).bytes),
            ("before a zero", DigestInfo(digest: digest + [0]).bytes),
            ("in two parts", Array(info) + [0x24, 36, 4, 16] + digest.prefix(16) + [4, 16] + digest.suffix(16)),
            ("nested", DigestInfo(digest: DigestInfo(digest: digest).bytes).bytes),
            ("behind a second DigestInfo", DigestInfo(digest: []).bytes + DigestInfo(digest: digest).bytes),
        ]
        let lengths = [0, 1, 16, 20, 28, 31].map { count in
            ("cut to \(count)", DigestInfo(digest: Array(digest.prefix(count))).bytes)
        }
        let early = [0, 1] + digest + padding(size - 3 - 19 - 64) + [0] + DigestInfo(digest: digest).bytes
        return (contents + lengths).map { ($0.0, block($0.1)) } + [("in the padding as well", early)]
    }

    private var blockTypes: [(String, [UInt8]?)] {
        let rest = Array(control.dropFirst(2))
        let types: [UInt8] = [0, 2, 3, 4, 0x10, 0x11, 0x7F, 0x80, 0xFE, 0xFF]
        var made: [(String, [UInt8]?)] = types.map { ("00 \($0)", [0, $0] + rest) }
        for first in [1, 2, 0x40, 0x7F] as [UInt8] { made.append(("\(first) 01", [first, 1] + rest)) }
        let earlier = Array(control.dropFirst())
        made.append(("one byte earlier", earlier + [0]))
        made.append(("one byte earlier, stretched", earlier + [0xFF]))
        made.append(("one byte later", [0] + Array(control.dropLast())))
        made.append(("01 alone", [1] + padding(1) + rest))
        return made
    }

    /// Bleichenbacher's forgery of 2006 and its neighbours: what is missing in the padding stands behind the hash.
    private var shortPaddings: [(String, [UInt8]?)] {
        let info = DigestInfo(digest: digest).bytes
        return [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 32, 64, 100, 150, 190, 200].flatMap { count in
            ([0, 0x41, 0xFF] as [UInt8]).map { fill in
                let start = [0, 1] + padding(count) + [0] + info
                return ("\(count) then \(fill)", start + [UInt8](repeating: fill, count: max(0, size - start.count)))
            }
        }
    }

    private var paddingBytes: [(String, [UInt8]?)] {
        let info = DigestInfo(digest: digest).bytes
        let end = size - info.count - 1
        func with(_ byte: UInt8, at position: Int) -> [UInt8] {
            var block = control
            block[position] = byte
            return block
        }
        let single = (2..<end).flatMap { position in
            [("00 at \(position)", with(0, at: position)), ("FE at \(position)", with(0xFE, at: position))]
        }
        let whole = ([0, 1, 0x55, 0x7F, 0xAA, 0xFE] as [UInt8]).map { fill in
            ("all \(fill)", [0, 1] + [UInt8](repeating: fill, count: end - 2) + [0] + info)
        }
        let separators = ([1, 0x7F, 0xFE, 0xFF] as [UInt8]).map { ("\($0) as separator", with($0, at: end)) }
        let doubled = [1, 2, 10, 100].map { count in
            (
                "\(count + 1) separators",
                [0, 1] + padding(end - 2 - count) + [UInt8](repeating: 0, count: count + 1) + info
            )
        }
        return single + whole + separators + doubled
    }

    private var otherSchemes: [(String, [UInt8]?)] {
        let info = DigestInfo(digest: digest).bytes
        func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
        return [
            ("no padding, the hash", zeros(size - 32) + digest),
            ("no padding, the DigestInfo", zeros(size - 51) + info),
            ("nothing", zeros(size)), ("one", zeros(size - 1) + [1]), ("FF", [0] + padding(size - 1)),
            ("padding alone", [0, 1] + padding(size - 2)), ("padding and separator", [0, 1] + padding(size - 3) + [0]),
            ("encryption", [0, 2] + [UInt8](repeating: 0x41, count: size - 54) + [0] + info),
            ("X9.31", [0x6B] + [UInt8](repeating: 0xBB, count: size - 36) + [0xBA] + digest + [0x34, 0xCC]),
            ("ISO 9796-2", [0x6A] + [UInt8](repeating: 0xBB, count: size - 34) + digest + [0xBC]),
            ("TLS 1.0's bare hashes", block(Array(digest.prefix(16)) + Array(digest.prefix(20)))),
            ("PSS trailer", [0] + zeros(size - 34) + digest + [0xBC]),
        ]
    }
}
