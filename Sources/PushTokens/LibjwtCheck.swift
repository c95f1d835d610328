internal import CJWT
internal import COpenSSL

/// libjwt's own verification of a token that nothing else speaks against; tests count its calls.
package struct LibjwtCheck: Sendable {
    /// The only call of libjwt.
    ///
    /// libjwt takes the algorithm from the token, skips the check when there is no key, and keeps no claim rules. Hence
    /// the types: a ``CompactToken`` says `RS256` and nothing else, a ``VerificationKey`` holds a validated PEM. What
    /// libjwt parsed is never looked at beyond the algorithm.
    package static let real = LibjwtCheck { token, key in
        // `CompactToken` admits no NUL, so the C string is the whole token.
        let text = token.bytes.map { CChar(bitPattern: $0) } + [0]
        var object: OpaquePointer?  // <jwt_t>
        // Text and PEM outlive the call, and libjwt copies what it keeps. The object is freed below, once.
        let status = unsafe jwt_decode(&object, text, key.pem, Int32(key.pem.count))
        defer { unsafe jwt_free(object) }
        guard status == 0, let object = unsafe object, unsafe jwt_get_alg(object) == JWT_ALG_RS256 else {
            // A failed check leaves entries in this thread's queue, where another user's error check would find them.
            ERR_clear_error()
            return false
        }
        return true
    }

    /// Whether libjwt finds that the key has signed the token; keeps a processor busy for 0.4 ms.
    package let accepts: @Sendable (CompactToken, VerificationKey) -> Bool

    package init(_ accepts: @escaping @Sendable (CompactToken, VerificationKey) -> Bool) {
        self.accepts = accepts
    }
}
