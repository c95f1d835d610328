internal import LosslessJSON

/// A set of Google's signing keys: immutable, and never empty.
package struct KeySet: Sendable {
    /// The largest document accepted, in bytes; Google's has about 1,000.
    package static let maximumBytes = 64 * 1024
    /// The most keys in a set; Google's has two.
    package static let maximumKeys = 16
    private static let maximumDepth = 8
    /// Members that only private and symmetric keys have (RFC 7518, sections 6.3.2 and 6.4).
    private static let privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    /// By `kid`, as bytes: equal `String`s may differ in their bytes.
    private let keys: [[UInt8]: VerificationKey]

    /// How many usable keys there are.
    package var count: Int { keys.count }

    /// Parses a JWK set (RFC 7517, section 5).
    ///
    /// A key for anything but RS256 signatures is skipped, since Google may publish such keys one day. An RS256 key
    /// that breaks a rule rejects the whole set, and so does anything that no legitimate set contains.
    ///
    /// - Throws: ``KeySetError``.
    package init(jwks: [UInt8]) throws(KeySetError) {
        guard jwks.count <= Self.maximumBytes else { throw .tooLarge }
        let rules = JSONRules(maximumDepth: Self.maximumDepth, maximumBytes: Self.maximumBytes)
        guard let document = try? JSONDocument(jwks, rules: rules) else { throw .notJSON }
        guard let entries = document.root["keys"]?.elements else { throw .noKeys }
        guard entries.count <= Self.maximumKeys else { throw .tooManyKeys }
        var seen: Set<[UInt8]> = []
        var keys: [[UInt8]: VerificationKey] = [:]
        for (position, entry) in entries.enumerated() {
            let key: (id: [UInt8], verification: VerificationKey?)
            do throws(KeyFault) {
                let id = try Self.keyID(of: entry)
                key = (id, try Self.verificationKey(entry, id: id))
            } catch {
                throw .badKey(position: position, error)
            }
            guard seen.insert(key.id).inserted else { throw .duplicateKeyID }
            keys[key.id] = key.verification
        }
        guard !keys.isEmpty else { throw .noKeys }
        self.keys = keys
    }

    /// The key with exactly this `kid`; there is no other way to get a key.
    package func key(_ id: [UInt8]) -> VerificationKey? { keys[id] }

    private static func keyID(of entry: JSONValue) throws(KeyFault) -> [UInt8] {
        guard entry.kind == .object else { throw .notAnObject }
        guard privateMembers.allSatisfy({ entry[$0] == nil }) else { throw .privateMember }
        guard let id = entry["kid"]?.utf8, !id.isEmpty else { throw .keyIDMissing }
        return id
    }

    /// Nil for a key with another purpose.
    private static func verificationKey(_ entry: JSONValue, id: [UInt8]) throws(KeyFault) -> VerificationKey? {
        let expected = [("kty", "RSA"), ("use", "sig"), ("alg", "RS256")]
        guard expected.allSatisfy({ entry[$0]?.isString($1) ?? false }) else { return nil }
        guard let modulus = entry["n"]?.utf8.flatMap({ Base64URL.decode($0) }),
            let exponent = entry["e"]?.utf8.flatMap({ Base64URL.decode($0) })
        else { throw .notBase64URL }
        return try VerificationKey(id: id, modulus: modulus, exponent: exponent)
    }
}

/// Why a key set was rejected.
package enum KeySetError: Error, Equatable, Sendable {
    /// It is larger than ``KeySet/maximumBytes``.
    case tooLarge
    /// It is not strict JSON: HTML, say, or truncated.
    case notJSON
    /// It has no array `keys`, or no usable key in it.
    case noKeys
    /// It has more than ``KeySet/maximumKeys`` keys.
    case tooManyKeys
    /// Two of its keys have the same `kid`.
    case duplicateKeyID
    /// The key at this position breaks a rule.
    case badKey(position: Int, KeyFault)
}
