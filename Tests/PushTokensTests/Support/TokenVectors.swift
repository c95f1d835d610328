internal import FoundationEssentials
internal import LosslessJSON

/// A file of tokens with the keys and the clock they are to be judged by.
struct TokenVectors {
    struct Malformed: Error {}

    struct Vector: CustomStringConvertible, Sendable {
        let id: String
        let expectation: String
        let token: String

        var description: String { id }
    }

    let root: JSONValue
    let clock: Int64
    let audience: String
    let email: String
    let jwks: [UInt8]

    init(path: String) throws {
        root = try Self.read(path)
        guard let clock = root["clock"]?.integer, let audience = root["audience"]?.string,
            let email = root["email"]?.string, let jwks = root["jwks"]
        else { throw Malformed() }
        self.clock = clock
        self.audience = audience
        self.email = email
        self.jwks = Array(jwks.rawBytes)
    }

    static func pushTokens() throws -> TokenVectors {
        try TokenVectors(path: path("push_tokens.json"))
    }

    /// Our own reason for each refusal, by the vector's ID.
    static func pushTokenReasons() throws -> JSONValue {
        try read(path("push_token_reasons.json"))
    }

    /// Keys of RFCs, and what OpenSSL makes of them.
    static func rfcKeys() throws -> JSONValue {
        try read(path("rfc_keys.json"))
    }

    private static func path(_ name: String) -> String {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appending(path: "Vectors").appending(path: name).path
    }

    private static func read(_ path: String) throws -> JSONValue {
        let rules = JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)
        return try JSONDocument(Array(Data(contentsOf: URL(filePath: path))), rules: rules).root
    }

    func vectors() throws -> [Vector] {
        try (root["tests"]?.elements ?? []).map { test in
            guard let id = test["id"]?.string, let expectation = test["expect"]?.string,
                let token = test["token"]?.string
            else { throw Malformed() }
            return Vector(id: id, expectation: expectation, token: token)
        }
    }

    func bench() throws -> Bench {
        try Bench(jwks: jwks, clock: clock, audience: audience, serviceAccounts: [email])
    }
}
