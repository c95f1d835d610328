internal import Glibc
internal import LosslessJSON
internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Push token vectors` {
    @Test func `every vector is refused for its own reason or accepted`() async throws {
        let file = try TokenVectors.pushTokens()
        let reasons = try TokenVectors.pushTokenReasons()
        let bench = try file.bench()
        let vectors = try file.vectors()
        try #require(vectors.count == 122)
        for vector in vectors {
            let word = await bench.verify(vector.token).word
            switch vector.expectation {
            case "reject": #expect(word == reasons[vector.id]?.string, "\(vector)")
            case "accept": #expect(word == "verified", "\(vector)")
            default: #expect(vector.expectation == "either", "\(vector)")
            }
        }
    }

    @Test func `a second look gives the same answers, cached or not`() async throws {
        let file = try TokenVectors.pushTokens()
        let bench = try file.bench()
        for vector in try file.vectors() {
            let first = await bench.verify(vector.token).word
            #expect(await bench.verify(vector.token).word == first, "\(vector)")
        }
    }

    @Test func `no vector is accepted with one byte changed`() async throws {
        let file = try TokenVectors.pushTokens()
        let bench = try file.bench()
        let token = try #require(try file.vectors().first { $0.id == "ok-typical" }).token
        for position in token.utf8.indices {
            var bytes = Array(token.utf8)
            let offset = token.utf8.distance(from: token.startIndex, to: position)
            bytes[offset] = bytes[offset] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let rejection = await bench.rejection(String(decoding: bytes, as: UTF8.self))
            #expect(rejection != nil, "byte \(offset)")
        }
    }
}

/// A genuine token is not ours to pass on, so whoever has one names its file.
private let genuineTokenFile: String? = {
    // The environment does not change while the tests run; the text is copied at once.
    guard let path = unsafe getenv("PUSH_TOKEN_MINTED_BY_GOOGLE") else { return nil }
    return unsafe String(cString: path)
}()

@Suite struct `A token that Google minted` {
    @Test(.enabled(if: genuineTokenFile != nil, "PUSH_TOKEN_MINTED_BY_GOOGLE names no file with a genuine token"))
    func `is accepted at its time, and neither before nor after`() async throws {
        let file = try TokenVectors(path: #require(genuineTokenFile))
        let token = try #require(file.root["token"]?.string)
        let bench = try file.bench()
        #expect(await bench.verify(token).isVerified)
        bench.clock.advance(.seconds(2 * PushTokenPolicy.lifetimeSeconds))
        #expect(await bench.rejection(token) == .expired)
        bench.clock.advance(.seconds(-4 * PushTokenPolicy.lifetimeSeconds))
        #expect(await bench.rejection(token) == .expiresTooLate)
    }
}
