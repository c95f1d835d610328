internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Refusals` {
    /// What must be sent to be refused this way; the compiler asks for each new case.
    private func credentials(for rejection: TokenRejection) throws -> PushCredentials {
        let header = TokenMint.header
        let claims = TokenMint.claims
        let token: String
        switch rejection {
        case .credentialsMissing: return PushCredentials(authorization: [])
        case .tokenInServerlessAuthorization:
            return PushCredentials(authorization: [], serverlessAuthorization: ["Bearer a.b.c"])
        case .severalAuthorizationHeaders: return PushCredentials(authorization: ["Bearer a", "Bearer b"])
        case .schemeNotBearer: return PushCredentials(authorization: ["Basic a"])
        case .schemeLetterCase: return PushCredentials(authorization: ["bearer a"])
        case .tokenEmpty: token = ""
        case .tokenTooLarge: token = String(repeating: "A", count: CompactToken.maximumBytes + 1)
        case .segmentCount: token = "YQ"
        case .emptySegment: token = "YQ.YQ."
        case .signatureRemoved: token = TokenMint().signingInput + ".SIGNATURE_REMOVED_BY_GOOGLE"
        case .notBase64URL: token = "YQ.YQ.YQ=="
        case .headerNotJSONObject: token = "YQ.YQ.YQ"
        case .payloadNotJSONObject: token = try TokenMint(payloadText: Array("[]".utf8)).signed()
        case .algorithmNotRS256: token = try TokenMint(header: header.setting("alg", #""none""#)).signed()
        case .keyIDMissing: token = try TokenMint(header: header.removing("kid")).signed()
        case .typeNotJWT: token = try TokenMint(header: header.setting("typ", "1")).signed()
        case .forbiddenHeaderParameter(let parameter):
            token = try TokenMint(header: header.setting(parameter.rawValue, "1")).signed()
        case .unknownKey: token = try TokenMint(header: header.setting("kid", #""x""#)).signed()
        case .signatureInvalid: token = try TokenMint().signed(by: TestKey.second.get())
        case .claimMissing(let claim): token = try TokenMint(claims: claims.removing(claim.rawValue)).signed()
        case .claimMalformed(let claim): token = try TokenMint(claims: claims.setting(claim.rawValue, "{}")).signed()
        case .issuerNotGoogle: token = try TokenMint(claims: claims.setting("iss", #""x""#)).signed()
        case .expired: token = try TokenMint(claims: claims.setting("exp", "0")).signed()
        case .expiresTooLate: token = try TokenMint(claims: claims.setting("exp", "1800000000")).signed()
        case .expiresBeforeIssued:
            token = try TokenMint(claims: claims.setting("exp", "1700000090").setting("iat", "1700000090")).signed()
        case .lifetimeTooLong: token = try TokenMint(claims: claims.setting("iat", "0")).signed()
        case .issuedInFuture: token = try TokenMint(claims: claims.setting("iat", "1700001000")).signed()
        case .notYetValid: token = try TokenMint(claims: claims.setting("nbf", "1700001000")).signed()
        case .forbidden(let fault, _):
            switch fault {
            case .otherAudience: token = try TokenMint(claims: claims.setting("aud", #""x""#)).signed()
            case .otherServiceAccount: token = try TokenMint(claims: claims.setting("email", #""x""#)).signed()
            case .emailNotVerified:
                token = try TokenMint(claims: claims.setting("email_verified", "false")).signed()
            }
        }
        return PushCredentials(authorization: ["Bearer \(token)"])
    }

    private static let all: [TokenRejection] =
        [
            .credentialsMissing, .tokenInServerlessAuthorization, .severalAuthorizationHeaders, .schemeNotBearer,
            .schemeLetterCase, .tokenEmpty, .tokenTooLarge, .segmentCount, .emptySegment, .signatureRemoved,
            .notBase64URL,
            .headerNotJSONObject, .payloadNotJSONObject, .algorithmNotRS256, .keyIDMissing, .typeNotJWT, .unknownKey,
            .signatureInvalid, .issuerNotGoogle, .expired, .expiresTooLate, .expiresBeforeIssued, .lifetimeTooLong,
            .issuedInFuture, .notYetValid,
        ] + ForbiddenHeaderParameter.allCases.map { .forbiddenHeaderParameter($0) }
        + TokenClaim.allCases.filter { $0 != .notBefore && $0 != .subject }.map { .claimMissing($0) }
        + TokenClaim.allCases.map { .claimMalformed($0) }
        + [
            .forbidden(.otherAudience, RefusedIdentity(email: TokenMint.email, audience: "x")),
            .forbidden(.otherServiceAccount, RefusedIdentity(email: "x", audience: TokenMint.audience)),
            .forbidden(.emailNotVerified, RefusedIdentity(email: TokenMint.email, audience: TokenMint.audience)),
        ]

    @Test func `each come from some push`() async throws {
        let bench = try Bench()
        for rejection in Self.all {
            let outcome = await bench.verifier.verify(try credentials(for: rejection))
            #expect(outcome.rejection == rejection, "\(rejection.reason)")
        }
    }

    @Test func `have names of their own in the log`() {
        let reasons = Self.all.map(\.reason)
        #expect(Set(reasons).count == reasons.count)
        for reason in reasons {
            #expect(reason.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }, "\(reason)")
        }
    }
}
