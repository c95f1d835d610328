/// The DER of a hash and its identifier (RFC 8017, appendix A.2.4), which can also be written wrongly.
struct DigestInfo {
    /// Where a length stands.
    enum Part: CaseIterable, Sendable {
        case whole, algorithm, object, parameters, hash
    }

    /// Lengths as BER allows them, and DER does not: in so many bytes, or (0) indefinite.
    static let lengthForms = [1, 2, 3, 4, 8, 126, 0]

    /// The identifier 2.16.840.1.101.3.4.2.1 of SHA-256.
    static let sha256: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]

    var object = Self.sha256
    var parameters: [UInt8] = [5, 0]
    var digest: [UInt8]
    /// Inside the outer sequence, behind the hash.
    var behindHash: [UInt8] = []
    var lengthForm: (part: Part, form: Int)?

    var bytes: [UInt8] {
        let object = element(6, object, .object)
        // The usual parameters are an element with a length of its own.
        let parameters = parameters == [5, 0] ? element(5, [], .parameters) : parameters
        let algorithm = element(0x30, object + parameters, .algorithm)
        return element(0x30, algorithm + element(4, digest, .hash) + behindHash, .whole)
    }

    private func element(_ tag: UInt8, _ content: [UInt8], _ part: Part) -> [UInt8] {
        guard let lengthForm, lengthForm.part == part else { return [tag] + Self.shortest(content.count) + content }
        let size = lengthForm.form
        // Only constructed elements may have it; the others are wrong twice.
        if size == 0 { return [tag, 0x80] + content + [0, 0] }
        let count = [UInt8](repeating: 0, count: size - 1) + [UInt8(truncatingIfNeeded: content.count)]
        return [tag, 0x80 | UInt8(size)] + count + content
    }

    private static func shortest(_ count: Int) -> [UInt8] {
        count < 0x80 ? [UInt8(count)] : [0x81, UInt8(truncatingIfNeeded: count)]
    }
}

/// The object identifiers of other hashes.
struct HashIdentifier {
    let name: String
    let object: [UInt8]
    let size: Int

    private static let nist: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2]
    private static let rsaDigest: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2]

    static let others: [HashIdentifier] =
        [
            ("MD2", rsaDigest + [2], 16), ("MD4", rsaDigest + [4], 16), ("MD5", rsaDigest + [5], 16),
            ("SHA-1", [0x2B, 0x0E, 3, 2, 0x1A], 20), ("RIPEMD-160", [0x2B, 0x24, 3, 2, 1], 20),
            ("SM3", [0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x83, 0x11], 32),
            // Those of a signature instead of a hash, and none.
            ("sha256WithRSAEncryption", [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 0x0B], 32),
            ("rsaEncryption", [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1], 32), ("nothing", [], 32),
            ("a longer SHA-256", nist + [1, 0], 32), ("SHA-256 with a leading 80", [0x80] + nist + [1], 32),
        ].map { HashIdentifier(name: $0.0, object: $0.1, size: $0.2) }
        + [
            (2, 48), (3, 64), (4, 28), (5, 28), (6, 32), (7, 28), (8, 32), (9, 48), (10, 64), (11, 16), (12, 32),
        ].map { HashIdentifier(name: "NIST hash \($0.0)", object: nist + [UInt8($0.0)], size: $0.1) }
}
