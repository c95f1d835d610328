/// The header fields of one push that may hold its token, before anything is known about them.
package struct PushCredentials: Sendable {
    /// The values of all `Authorization` fields, in order.
    package var authorization: [String]
    /// The values of all `X-Serverless-Authorization` fields, in order.
    ///
    /// Cloud Run checks such a token itself and takes its signature away, so it can never be verified here; it is
    /// looked at only to say so (https://docs.cloud.google.com/run/docs/authenticating/service-to-service).
    package var serverlessAuthorization: [String]

    /// The credentials of one request.
    package init(authorization: [String], serverlessAuthorization: [String] = []) {
        self.authorization = authorization
        self.serverlessAuthorization = serverlessAuthorization
    }

    private static let scheme = "Bearer"

    /// The bytes behind `Bearer `, of which nothing is known but that they are not too many.
    ///
    /// RFC 9110 compares schemes in any letter case. Only the exact spelling is taken all the same: Pub/Sub writes
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
