internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Credentials of a push` {
    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let authorization: [String]
        let serverless: [String]
        let rejection: TokenRejection

        init(_ name: String, _ authorization: [String], serverless: [String] = [], _ rejection: TokenRejection) {
            testDescription = name
            self.authorization = authorization
            self.serverless = serverless
            self.rejection = rejection
        }
    }

    static let refused: [Sample] = [
        Sample("nothing", [], .credentialsMissing),
        Sample(
            "only a token that Cloud Run has stripped",
            [],
            serverless: ["Bearer a.b.c"],
            .tokenInServerlessAuthorization
        ),
        Sample("two fields", ["Bearer a.b.c", "Bearer a.b.c"], .severalAuthorizationHeaders),
        Sample("two fields, one empty", ["Bearer a.b.c", ""], .severalAuthorizationHeaders),
        Sample("an empty field", [""], .schemeNotBearer),
        Sample("another scheme", ["Basic YTpi"], .schemeNotBearer),
        Sample("a longer scheme", ["Bearers a.b.c"], .schemeNotBearer),
        Sample("a tab behind the scheme", ["Bearer\ta.b.c"], .schemeNotBearer),
        Sample("a bare token", ["a.b.c"], .schemeNotBearer),
        Sample("a homoglyph", ["\u{412}earer a.b.c"], .schemeNotBearer),
        Sample("lower case", ["bearer a.b.c"], .schemeLetterCase),
        Sample("upper case", ["BEARER a.b.c"], .schemeLetterCase),
        Sample("a scheme without a token", ["Bearer"], .tokenEmpty),
        Sample("a scheme and a space", ["Bearer "], .tokenEmpty),
        Sample("two spaces", ["Bearer  YQ.YQ.YQ"], .notBase64URL),
        Sample("two tokens", ["Bearer YQ.YQ.YQ,Bearer"], .notBase64URL),
    ]

    @Test(arguments: refused) func `are refused`(_ sample: Sample) async throws {
        let bench = try Bench()
        let credentials = PushCredentials(
            authorization: sample.authorization,
            serverlessAuthorization: sample.serverless
        )
        #expect(await bench.verifier.verify(credentials).rejection == sample.rejection)
        #expect(sample.rejection.refusedIdentity == nil)
        #expect(bench.transport.requests.isEmpty, "nothing that is refused so early may cause a fetch")
    }

    @Test func `are taken from Authorization whatever the other field says`() async throws {
        let bench = try Bench()
        let credentials = PushCredentials(
            authorization: ["Bearer \(try TokenMint().signed())"],
            serverlessAuthorization: ["Bearer x"]
        )
        #expect(await bench.verifier.verify(credentials).isVerified)
    }
}
