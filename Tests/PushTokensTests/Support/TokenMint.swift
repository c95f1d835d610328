internal import FoundationEssentials
internal import TestSupport

/// The members of a JSON object in order, values as JSON text: malformed ones can be written too.
typealias Members = [(name: String, value: String)]

/// Writes tokens, good and bad.
struct TokenMint {
    static let audience = "https://jitcleanup.example/push"
    static let email = "pusher@example-project.iam.gserviceaccount.com"
    static let now: Int64 = 1_700_000_100

    static let header: Members = [("alg", #""RS256""#), ("kid", #""first""#), ("typ", #""JWT""#)]
    static let claims: Members = [
        ("aud", "\"\(audience)\""), ("azp", #""113774264463038321964""#), ("email", "\"\(email)\""),
        ("email_verified", "true"), ("exp", "1700003600"), ("iat", "1700000000"),
        ("iss", #""https://accounts.google.com""#), ("sub", #""113774264463038321964""#),
    ]

    var header = Self.header
    var claims = Self.claims
    /// In the place of the members, when set.
    var headerText: [UInt8]?
    var payloadText: [UInt8]?

    init(header: Members = Self.header, claims: Members = Self.claims) {
        self.header = header
        self.claims = claims
    }

    init(headerText: [UInt8]) {
        self.headerText = headerText
    }

    init(payloadText: [UInt8]) {
        self.payloadText = payloadText
    }

    var signingInput: String {
        let header = headerText ?? Array(header.json.utf8)
        let payload = payloadText ?? Array(claims.json.utf8)
        return "\(Self.base64URL(header)).\(Self.base64URL(payload))"
    }

    func signed(by key: TestKey? = nil) throws -> String {
        let key = try key ?? TestKey.first.get()
        return with(signature: try key.sign(Array(signingInput.utf8)))
    }

    func with(signature: [UInt8]) -> String {
        "\(signingInput).\(Self.base64URL(signature))"
    }

    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func base64URL(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString().utf8.filter { $0 != UInt8(ascii: "=") }
        let others = [UInt8(ascii: "+"): UInt8(ascii: "-"), UInt8(ascii: "/"): UInt8(ascii: "_")]
        return String(decoding: text.map { others[$0] ?? $0 }, as: UTF8.self)
    }

    /// A key set document.
    static func jwks(_ keys: [(id: String, key: TestKey)]) -> [UInt8] {
        jwks(keys.map { Self.jwk($0.id, $0.key) })
    }

    static func jwks(_ keys: [Members]) -> [UInt8] {
        Array("{\"keys\":[\(keys.map(\.json).joined(separator: ","))]}".utf8)
    }

    static func jwk(_ id: String, _ key: TestKey) -> Members {
        [
            ("kty", #""RSA""#), ("alg", #""RS256""#), ("use", #""sig""#), ("kid", "\"\(id)\""),
            ("n", "\"\(base64URL(key.modulus))\""), ("e", "\"\(base64URL(key.exponent))\""),
        ]
    }
}

extension Members {
    var json: String {
        "{\(map { "\"\($0.name)\":\($0.value)" }.joined(separator: ","))}"
    }

    func setting(_ name: String, _ value: String) -> Members {
        let index = firstIndex { $0.name == name }
        guard let index else { return self + [(name, value)] }
        var result = self
        result[index].value = value
        return result
    }

    func removing(_ name: String) -> Members {
        filter { $0.name != name }
    }
}
