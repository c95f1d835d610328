import Base64
import COpenSSL
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct KeyTests {
    @Test func `the key set has the shape of Google's`() async throws {
        try await withCloud { cloud, client async throws in
            let answer = try await client.get("/oauth2/v3/certs")
            #expect(answer.status == 200)
            #expect(answer.header("content-type") == "application/json; charset=UTF-8")
            #expect(answer.header("cache-control") == "public, max-age=22000, must-revalidate, no-transform")
            let keys = try #require(try json(answer).root["keys"]?.elements)
            #expect(keys.count == 1)
            for key in keys {
                #expect(key["kty"]?.string == "RSA" && key["alg"]?.string == "RS256" && key["use"]?.string == "sig")
                #expect(key["e"]?.string == "AQAB")
                #expect(key["kid"]?.string?.utf8.count == 40)
                #expect(key["n"]?.string.flatMap { Base64.decode($0.utf8) }?.count == 256)
            }
            #expect(cloud.requests.count(.keys) == 1)
        }
    }

    @Test func `two keys are published by default and a rotation replaces the older one`() async throws {
        try await withCloud({ $0.signingKeys = [] }) { cloud, client async throws in
            let before = cloud.keys.published.map(\.keyID)
            #expect(before.count == 2)
            try cloud.keys.rotate()
            let after = try json(try await client.get("/oauth2/v3/certs")).root["keys"]?.elements?.compactMap {
                $0["kid"]?.string
            }
            #expect(after?.count == 2)
            #expect(after?.first == before.last)
            #expect(after?.last == cloud.keys.published.last?.keyID)
        }
    }

    @Test func `a minted token has the header and claims of Google's`() throws {
        let key = try SharedKey.get()
        let claims = PushTokenClaims(
            audience: "https://example.com",
            email: "p@x.iam.gserviceaccount.com",
            issuedAt: Instant(seconds: 1_550_182_335)
        )
        let parts = try key.sign(claims).split(separator: ".")
        #expect(parts.count == 3)
        let header = try json(try #require(Base64.decode(parts[0].utf8))).root
        #expect(
            header["alg"]?.string == "RS256" && header["typ"]?.string == "JWT" && header["kid"]?.string == key.keyID
        )
        #expect(header.members?.count == 3)
        let payload = try json(try #require(Base64.decode(parts[1].utf8))).root
        #expect(payload["aud"]?.string == "https://example.com")
        #expect(payload["email"]?.string == "p@x.iam.gserviceaccount.com")
        #expect(payload["email_verified"]?.boolean == true)
        #expect(payload["iat"]?.integer == 1_550_182_335 && payload["exp"]?.integer == 1_550_185_935)
        #expect(payload["iss"]?.string == "https://accounts.google.com")
        #expect(payload["sub"]?.string == "113774264463038321964" && payload["azp"]?.string == payload["sub"]?.string)
        #expect(payload.members?.count == 8)
    }

    @Test func `overrides replace, add and leave out claims`() throws {
        var claims = PushTokenClaims(audience: "a", email: "e", issuedAt: Instant(seconds: 1))
        claims.overrides = ["aud": ["a", "b"], "email": Optional<JSONText>.none, "nbf": .integer(5)]
        let parts = try SharedKey.get().sign(claims, keyID: "other").split(separator: ".")
        let payload = try json(try #require(Base64.decode(parts[1].utf8))).root
        #expect(payload["aud"]?.elements?.count == 2)
        #expect(payload["email"] == nil)
        #expect(payload["nbf"]?.integer == 5)
        #expect(try json(try #require(Base64.decode(parts[0].utf8))).root["kid"]?.string == "other")
    }

    @Test func `the signature verifies with OpenSSL and the published key, and only unchanged`() async throws {
        try await withCloud { cloud, client async throws in
            let token = try cloud.keys.mint(audience: "https://example.com", email: "p@example.com")
            let published = try json(try await client.get("/oauth2/v3/certs")).root["keys"]?.elements?.first
            let modulus = try #require(published?["n"]?.string.flatMap { Base64.decode($0.utf8) })
            let parts = token.split(separator: ".")
            let signed = Array("\(parts[0]).\(parts[1])".utf8)
            let signature = try #require(Base64.decode(parts[2].utf8))
            #expect(verifies(signed, signature, modulus: modulus))
            #expect(!verifies(signed + [0x41], signature, modulus: modulus))
            let other = try SigningKey.generate()
            #expect(!verifies(signed, signature, modulus: other.modulus))
        }
    }

    @Test func `key names differ from key to key`() throws {
        let other = try SigningKey.generate()
        #expect(try SharedKey.get().keyID != other.keyID)
    }

    /// RS256 (RFC 7518, section 3.3) with the public exponent 65537, by OpenSSL alone.
    private func verifies(_ message: [UInt8], _ signature: [UInt8], modulus: [UInt8]) -> Bool {
        guard let key = unsafe publicKey(modulus), let digest = unsafe EVP_MD_CTX_new() else { return false }
        defer {
            unsafe EVP_MD_CTX_free(digest)
            unsafe EVP_PKEY_free(key)
            ERR_clear_error()
        }
        guard unsafe EVP_DigestVerifyInit_ex(digest, nil, "SHA256", nil, nil, key, nil) == 1 else { return false }
        return unsafe EVP_DigestVerify(digest, signature, signature.count, message, message.count) == 1
    }

    /// The caller frees the key.
    private func publicKey(_ modulus: [UInt8]) -> OpaquePointer? {  // <EVP_PKEY>
        let builder = unsafe OSSL_PARAM_BLD_new()
        let number = unsafe BN_bin2bn(modulus, Int32(modulus.count), nil)
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe BN_free(number)
            unsafe OSSL_PARAM_BLD_free(builder)
        }
        var key: OpaquePointer?  // <EVP_PKEY>
        guard unsafe OSSL_PARAM_BLD_push_BN(builder, copenssl_pkey_param_rsa_n(), number) == 1,
            unsafe OSSL_PARAM_BLD_push_ulong(builder, copenssl_pkey_param_rsa_e(), 65537) == 1,
            let parameters = unsafe OSSL_PARAM_BLD_to_param(builder)
        else { return nil }
        unsafe EVP_PKEY_fromdata_init(context)
        unsafe EVP_PKEY_fromdata(context, &key, copenssl_evp_pkey_public_key(), parameters)
        unsafe OSSL_PARAM_free(parameters)
        return unsafe key
    }
}
