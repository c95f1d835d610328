internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Padding of a signature` {
    private func forgeries(of mint: TokenMint, _ key: TestKey) throws -> PaddingForgeries {
        PaddingForgeries(
            digest: try TestKey.sha256(Array(mint.signingInput.utf8)),
            size: key.modulus.count
        )
    }

    @Test func `that is right is taken, so that the refusals below mean something`() async throws {
        let key = try TestKey.first.get()
        let mint = TokenMint()
        let control = try key.signRaw(forgeries(of: mint, key).control)
        #expect(control == (try key.sign(Array(mint.signingInput.utf8))))
        #expect(try await Bench().verify(mint.with(signature: control)).isVerified)
    }

    @Test(arguments: PaddingForgeries.kinds.keys.sorted())
    func `that is malformed is refused, whatever the private key signs`(_ kind: String) async throws {
        let bench = try Bench()
        let key = try TestKey.first.get()
        let mint = TokenMint()
        let made = try forgeries(of: mint, key).forgeries(kind)
        #expect(made.count >= 10)
        for forgery in made {
            let token = mint.with(signature: try key.signRaw(forgery.block))
            #expect(await bench.rejection(token) == .signatureInvalid, "\(forgery.name)")
        }
        #expect(bench.libjwtCalls == 0, "each was OpenSSL's to refuse")
    }

    @Test func `has been forged in more than eight hundred ways here`() throws {
        let key = try TestKey.first.get()
        #expect(try forgeries(of: TokenMint(), key).all.count > 800)
    }
}
