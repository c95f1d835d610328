internal import CJWT
internal import COpenSSL

/// The RS256 signature check, which is libjwt's; tests count its calls.
package struct SignatureCheck: Sendable {
    /// libjwt's own check.
    package static let libjwt = SignatureCheck { token, key in isSignedByLibjwt(token, key) }
    /// The same on the caller's own thread, for simulations, which have only one.
    package static let libjwtInPlace = SignatureCheck(isAside: false, libjwt.isValid)

    /// Whether the key has signed the token; keeps a processor busy for 0.4 ms.
    package let isValid: @Sendable (CompactToken, SigningKey) -> Bool
    private let isAside: Bool

    /// A check of one's own.
    ///
    /// - Parameters:
    ///   - isAside: Whether it gets a thread of its own, so that it holds up nothing else.
    ///   - isValid: The check.
    package init(isAside: Bool = true, _ isValid: @escaping @Sendable (CompactToken, SigningKey) -> Bool) {
        self.isAside = isAside
        self.isValid = isValid
    }

    /// Whether the key has signed the token; nil if there is no place for the check.
    func isValid(_ token: CompactToken, key: SigningKey, on queue: LowPriorityQueue) async -> Bool? {
        guard isAside else { return isValid(token, key) }
        return await queue.run { isValid(token, key) }
    }

    /// The only call of libjwt.
    ///
    /// libjwt takes the algorithm from the token, skips the check when there is no key, and keeps no claim rules. Hence
    /// the types: a ``CompactToken`` says `RS256` and nothing else, a ``SigningKey`` holds a validated PEM. What libjwt
    /// parsed is never looked at beyond the algorithm.
    private static func isSignedByLibjwt(_ token: CompactToken, _ key: SigningKey) -> Bool {
        // The gate admits no NUL, so the C string is the whole token.
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
}
