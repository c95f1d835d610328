internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Google's signing keys: the key set that is published, and the tokens that are signed with it.
package final class SigningKeys: Sendable {
    private let time: TimeSource
    private let maximumAge: Int
    private let keys: Mutex<[SigningKey]>

    init(_ options: LocalCloudOptions) throws(SigningError) {
        time = options.time
        maximumAge = options.keysMaximumAge
        var keys = options.signingKeys
        if keys.isEmpty { keys = [try .generate(), try .generate()] }
        self.keys = Mutex(keys)
    }

    /// The published keys; the last one signs.
    package var published: [SigningKey] { keys.withLock { $0 } }

    /// Publishes a new key, which signs from now on; the oldest one goes.
    ///
    /// - Parameter key: The new key; one is made if there is none.
    /// - Throws: ``SigningError/openSSL(_:)``.
    package func rotate(to key: SigningKey? = nil) throws(SigningError) {
        let fresh = if let key { key } else { try SigningKey.generate() }
        keys.withLock { keys in
            keys.append(fresh)
            if keys.count > 2 { keys.removeFirst() }
        }
    }

    /// Publishes exactly these keys; the last one signs.
    package func publish(_ newKeys: [SigningKey]) {
        keys.withLock { $0 = newKeys }
    }

    /// Signs a push token with the newest key.
    ///
    /// - Throws: ``SigningError``.
    package func mint(_ claims: PushTokenClaims) throws(SigningError) -> String {
        guard let key = published.last else { throw .openSSL("no key") }
        return try key.sign(claims)
    }

    /// Signs a push token that is good for an hour from now.
    ///
    /// - Throws: ``SigningError``.
    package func mint(audience: String, email: String) throws(SigningError) -> String {
        try mint(PushTokenClaims(audience: audience, email: email, issuedAt: time.now()))
    }

    /// The key set (RFC 7517).
    package var keySet: [UInt8] {
        JSONText.object([("keys", .array(published.map(\.jwk)))]).bytes(.indented) + [0x0A]
    }

    func answer() -> LocalReply {
        var reply = LocalReply(json: keySet)
        reply.headers.append(("Cache-Control", "public, max-age=\(maximumAge), must-revalidate, no-transform"))
        return reply
    }
}
