internal import GoogleCloud
internal import LosslessJSON
internal import Timestamps
internal import TokenSigning

/// `service_account`: a key of a service account, which signs assertions (RFC 7523).
struct ServiceAccountKey: TokenIssuer {
    /// How long an assertion is good for, in seconds: the longest that Google takes.
    static let assertionSeconds: Int64 = 3600
    /// So much earlier than this machine's clock says an assertion is dated, as by Google's own Go library: Google
    /// takes none from the future.
    static let backdatedSeconds: Int64 = 10

    let account: String
    private let key: RSAPrivateKey
    private let keyID: String?
    private let endpoint: TokenEndpoint

    /// Reads the file's fields.
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
