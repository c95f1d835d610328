internal import COpenSSL

/// A public RSA key that has passed every check, ready for OpenSSL and in the form libjwt expects.
@safe package final class VerificationKey: Sendable {
    /// The JWK's `kid`.
    package let id: [UInt8]
    /// `BEGIN PUBLIC KEY` (SubjectPublicKeyInfo, RFC 5280, section 4.1); never empty.
    package let pem: [UInt8]
    /// Owned by this object and freed with it.
    ///
    /// `nonisolated(unsafe)` is needed since a C pointer is not `Sendable`. It is safe because the key is private and
    /// never modified: any number of threads may verify with one unchanging key, as all connections of a TLS server do
    /// (https://github.com/openssl/openssl/issues/16496).
    nonisolated(unsafe) private let prepared: OpaquePointer  // <EVP_PKEY>

    /// The only public exponent accepted: Google's, 65537.
    ///
    /// With an exponent of 1, anyone could sign without a private key.
    private static let exponent: [UInt8] = [1, 0, 1]
    /// The modulus sizes accepted, in bits (RFC 8725, section 3.4).
    private static let modulusBits = 2048...4096

    /// Creates a key from a JWK's `n` and `e` (RFC 7518, section 6.3.1).
    init(id: [UInt8], modulus: [UInt8], exponent: [UInt8]) throws(KeyFault) {
        guard exponent == Self.exponent else { throw .exponent }
        guard let first = modulus.first, let last = modulus.last, first != 0 else { throw .modulusEncoding }
        guard Self.modulusBits.contains(modulus.count * 8 - first.leadingZeroBitCount) else { throw .modulusSize }
        guard last & 1 == 1 else { throw .modulusEven }
        guard let (prepared, pem) = unsafe RSAPublicKey.prepare(modulus: modulus, exponent: exponent) else {
            throw .refusedByOpenSSL
        }
        self.id = id
        self.pem = pem
        unsafe self.prepared = prepared
    }

    deinit {
        // Every user of the pointer retains this object while using it.
        unsafe EVP_PKEY_free(prepared)
    }

    /// Lends the key to OpenSSL for the duration of the call.
    func withPrepared<Value>(_ work: (OpaquePointer) -> Value) -> Value {
        withExtendedLifetime(self) { unsafe work(prepared) }
    }
}

/// What is wrong with one key of a set.
package enum KeyFault: Error, Equatable, Sendable {
    /// It is not a JSON object.
    case notAnObject
    /// `kid` is missing, empty or not a string.
    case keyIDMissing
    /// It has a private or symmetric member, which no published key may have.
    case privateMember
    /// `n` or `e` is missing or not canonical base64url.
    case notBase64URL
    /// `e` is not 65537.
    case exponent
    /// `n` is empty or has a leading zero.
    case modulusEncoding
    /// `n` has fewer than 2048 or more than 4096 bits.
    case modulusSize
    /// `n` is even.
    case modulusEven
    /// OpenSSL's own check of public keys fails (a prime modulus, say).
    case refusedByOpenSSL
}

extension KeyFault: CustomStringConvertible {
    /// A description of the fault for operators.
    package var description: String {
        switch self {
        case .notAnObject: "not a JSON object"
        case .keyIDMissing: "no kid"
        case .privateMember: "it has a private member"
        case .notBase64URL: "n or e is not base64url"
        case .exponent: "e is not 65537"
        case .modulusEncoding: "n is empty or has a leading zero"
        case .modulusSize: "n is not 2048 to 4096 bits"
        case .modulusEven: "n is even"
        case .refusedByOpenSSL: "OpenSSL refuses it"
        }
    }
}
