internal import GoogleCloud
internal import LosslessJSON
internal import Timestamps
internal import TokenSigning

/// `service_account`: a service account's key, which signs assertions (RFC 7523).
struct ServiceAccountKey: TokenIssuer {
    /// The lifetime of an assertion, in seconds: the longest that Google accepts.
    static let assertionSeconds: Int64 = 3600
    /// How far an assertion is backdated, in seconds, as in Google's own Go library: Google rejects assertions from the
    /// future.
    static let backdatedSeconds: Int64 = 10

    let account: String
    private let key: RSAPrivateKey
    private let keyID: String?
    private let endpoint: TokenEndpoint

    init(_ fields: CredentialFields, _ network: TokenNetwork) throws(CredentialFault) {
        account = try fields.serviceAccount("client_email")
        keyID = try fields.optionalText("private_key_id")
        let pem = Array(try fields.lines("private_key").utf8)
        do throws(PrivateKeyFault) {
            key = try RSAPrivateKey(pem: pem)
        } catch {
            switch error {
            case .unreadable: throw fields.fault("private_key", "is not a private key in PEM without a passphrase")
            case .notRSA: throw fields.fault("private_key", "is not an RSA key")
            case .size:
                let bits = RSAPrivateKey.modulusBits
                throw fields.fault("private_key", "is not an RSA key of \(bits.lowerBound) to \(bits.upperBound) bits")
            }
        }
        endpoint = TokenEndpoint(url: try GoogleEndpoint.token(fields), network: network)
    }

    func issue() async throws(AccessTokenError) -> IssuedToken {
        let owner = "service account \(account)"
        let assertion: String
        do throws(TokenSigningError) {
            assertion = try key.sign(claims: claims(), keyID: keyID)
        } catch {
            throw .refused("\(owner): the assertion cannot be signed (\(error))")
        }
        return try await endpoint.token(
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)],
            hiding: [Secret(assertion)],
            for: owner
        ) { code in
            switch code {
            case "invalid_grant": "is the key deleted or disabled, or this machine's clock wrong?"
            case "invalid_client", "unauthorized_client": "does the service account still exist?"
            default: nil
            }
        }
    }

    private func claims() -> [UInt8] {
        let issued = endpoint.network.time.now().adding(seconds: -Self.backdatedSeconds).seconds
        let claims: JSONText = [
            "iss": .string(account), "scope": .string(GoogleEndpoint.scope),
            "aud": .string(GoogleEndpoint.audience(of: endpoint.url)),
            "iat": .integer(issued), "exp": .integer(issued + Self.assertionSeconds),
        ]
        return claims.bytes()
    }
}
