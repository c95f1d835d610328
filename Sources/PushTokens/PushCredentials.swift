/// The header fields of one push that may hold its token, none of them checked yet.
package struct PushCredentials: Sendable {
    /// The values of all `Authorization` fields, in order.
    package var authorization: [String]
    /// The values of all `X-Serverless-Authorization` fields, in order.
    ///
    /// Cloud Run checks such a token itself and removes its signature, so it can never be verified here; it is read
    /// only to report that (https://docs.cloud.google.com/run/docs/authenticating/service-to-service).
    package var serverlessAuthorization: [String]

    package init(authorization: [String], serverlessAuthorization: [String] = []) {
        self.authorization = authorization
        self.serverlessAuthorization = serverlessAuthorization
    }

    private static let scheme = "Bearer"

    /// The bytes after `Bearer `, checked for length only.
    ///
    /// RFC 9110 compares schemes case-insensitively. Only the exact spelling is accepted all the same: Pub/Sub writes
    /// `Bearer`, and Cloud Run writes `bearer` where it has removed the signature of a user's token.
    func bearerToken() throws(TokenRejection) -> [UInt8] {
        guard let field = authorization.first else {
            throw serverlessAuthorization.isEmpty ? .credentialsMissing : .tokenInServerlessAuthorization
        }
        guard authorization.count == 1 else { throw .severalAuthorizationHeaders }
        let value = Array(field.utf8)
        let end = value.firstIndex(of: UInt8(ascii: " ")) ?? value.endIndex
        let scheme = value[..<end]
        guard scheme.elementsEqual(Self.scheme.utf8) else {
            let isOtherSpelling = scheme.map { $0 | 0x20 }.elementsEqual(Self.scheme.utf8.map { $0 | 0x20 })
            throw isOtherSpelling ? .schemeLetterCase : .schemeNotBearer
        }
        let token = value[end...].dropFirst()
        guard !token.isEmpty else { throw .tokenEmpty }
        guard token.count <= CompactToken.maximumBytes else { throw .tokenTooLarge }
        return Array(token)
    }
}
