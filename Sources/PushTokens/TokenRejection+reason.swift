extension TokenRejection {
    /// The rejection's stable name in the log.
    package var reason: String {
        switch self {
        case .credentialsMissing: "credentials-missing"
        case .tokenInServerlessAuthorization: "token-in-x-serverless-authorization"
        case .severalAuthorizationHeaders: "several-authorization-headers"
        case .schemeNotBearer: "scheme-not-bearer"
        case .schemeLetterCase: "scheme-letter-case"
        case .tokenEmpty: "token-empty"
        case .tokenTooLarge: "token-too-large"
        case .segmentCount: "segment-count"
        case .emptySegment: "segment-empty"
        case .signatureRemoved: "signature-removed-by-google"
        case .notBase64URL: "segment-not-base64url"
        case .headerNotJSONObject: "header-not-json-object"
        case .payloadNotJSONObject: "payload-not-json-object"
        case .algorithmNotRS256: "algorithm-not-rs256"
        case .keyIDMissing: "key-id-missing"
        case .typeNotJWT: "type-not-jwt"
        case .forbiddenHeaderParameter(let parameter):
            parameter == .certificateSHA256 ? "header-has-x5t-s256" : "header-has-\(parameter.rawValue)"
        case .unknownKey: "key-unknown"
        case .signatureInvalid: "signature-invalid"
        case .claimMissing(let claim): "claim-missing-\(claim.logName)"
        case .claimMalformed(let claim): "claim-malformed-\(claim.logName)"
        case .issuerNotGoogle: "issuer-not-google"
        case .expired: "token-expired"
        case .expiresTooLate: "expiry-too-far-ahead"
        case .expiresBeforeIssued: "expiry-before-issue"
        case .lifetimeTooLong: "lifetime-too-long"
        case .issuedInFuture: "issued-in-future"
        case .notYetValid: "not-yet-valid"
        case .forbidden(let fault, _): fault.rawValue
        }
    }
}

extension TokenClaim {
    fileprivate var logName: String {
        self == .emailVerified ? "email-verified" : rawValue
    }
}
