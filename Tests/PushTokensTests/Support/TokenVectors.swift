internal import LosslessJSON
internal import TestSupport

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
        root = try Repository.json(path)
        guard let clock = root["clock"]?.integer, let audience = root["audience"]?.string,
            let email = root["email"]?.string, let jwks = root["jwks"]
        else { throw Malformed() }
        self.clock = clock
        self.audience = audience
        self.email = email
        self.jwks = Array(jwks.rawBytes)
    }

    static func pushTokens() throws -> TokenVectors {
        try TokenVectors(path: folder + "push_tokens.json")
    }

    /// Our own reason for each refusal, by the vector's ID.
    static func pushTokenReasons() throws -> JSONValue {
        try Repository.json(folder + "push_token_reasons.json")
    }

    /// Keys of RFCs, and what OpenSSL makes of them.
    static func rfcKeys() throws -> JSONValue {
        try Repository.json(folder + "rfc_keys.json")
    }

    private static let folder = "Tests/PushTokensTests/Vectors/"

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
