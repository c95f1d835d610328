import HTTPTransport
import LocalCloud
import PushTokens
import TestSupport
import Testing
import Timestamps

@Suite("Keys over sockets: how long they are used", .timeLimit(.minutes(5)))
struct KeyLifetimeTests {
    private static func answer(_ cloud: LocalCloud, _ headers: [(name: String, value: String)]) -> Fault {
        var reply = LocalReply(json: cloud.keys.keySet)
        reply.headers += headers
        return .answer(reply)
    }

    @Test(arguments: [
        ("max-age=21600", "0", 21600), ("public, max-age=21600, must-revalidate", "600", 21000),
        ("max-age=600", "590", 60), ("max-age=0", "0", 60), ("max-age=59", "0", 60), ("max-age=61", "0", 61),
        ("max-age=86400", "0", 86400), ("max-age=31536000", "0", 86400), ("no-cache", "0", 3600),
    ])
    func `max-age less Age counts, within an hour's fraction and a day`(control: String, age: String, seconds: Int)
        async throws
    {
        try await onKeyStage { stage async throws in
            var events = stage.events.makeAsyncIterator()
            let headers = [(name: "Cache-Control", value: control), (name: "Age", value: age)]
            stage.cloud.faults.inject(Self.answer(stage.cloud, headers), at: .keys, .always)
            #expect(try await stage.push() == "verified")
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(seconds)))
            // Renewed from 300 s before the end, or from three quarters on, whichever is later.
            let ahead = min(300, seconds / 4)
            stage.clock.advance(.seconds(seconds - ahead - 1))
            #expect(try await stage.push() == "verified")
            #expect(stage.fetches == 1)
            stage.clock.advance(.seconds(2))
            #expect(try await stage.push() == "verified")
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(seconds)))
            #expect(stage.fetches == 2)
        }
    }

    @Test func `keys are renewed ahead of their expiry while pushes go on with the old ones`() async throws {
        try await onKeyStage { stage async throws in
            var events = stage.events.makeAsyncIterator()
            #expect(try await stage.push() == "verified")
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .keys)
            stage.clock.advance(.seconds(3300))
            for _ in 0..<20 { try await stage.push() }
            #expect(await events.next() == .fetchFailed(.transport(.timedOut), hasUsableKeys: true))
            let expected = ["fetched", "verified"] + Array(repeating: "verified", count: 20) + ["fetch failed"]
            #expect(stage.happenings.all.sorted() == expected.sorted())
            #expect(stage.happenings.all.last == "fetch failed", "every push was over before the fetch was")
            #expect(stage.fetches == 2)
            stage.clock.advance(.seconds(1))
            try await stage.push()
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
        }
    }

    @Test func `old keys serve through an outage up to a day after their expiry, and the service recovers`()
        async throws
    {
        try await onKeyStage { stage async throws in
            #expect(try await stage.push() == "verified")
            stage.cloud.faults.inject(.reset, at: .keys, .always)
            for _ in 0..<5 {
                stage.clock.advance(.seconds(5 * 3600 - 1))
                #expect(try await stage.push() == "verified")
            }
            stage.clock.advance(.seconds(4))
            #expect(try await stage.push() == "verified", "the last second")
            stage.clock.advance(.seconds(1))
            #expect(try await stage.push() == "keys-unreachable")
            stage.cloud.faults.clear()
            #expect(try await stage.push() == "keys-unreachable", "within the back-off nobody asks")
            stage.clock.advance(.seconds(30))
            #expect(try await stage.push() == "verified")
        }
    }

    @Test func `a withdrawn key stops verifying, remembered verdicts included, when another key's token comes`()
        async throws
    {
        try await onKeyStage { stage async throws in
            let keys = try stageKeys.get()
            let old = try stage.token()
            for _ in 0..<3 { #expect(await stage.push(old) == "verified") }
            #expect(stage.verifier.rememberedTokens == 1)
            stage.cloud.keys.publish([keys[1]])
            #expect(await stage.push(old) == "verified", "nobody knows yet")
            #expect(try await stage.push() == "verified")
            #expect(stage.fetches == 2)
            #expect(await stage.push(old) == "key-unknown")
            #expect(await stage.push(try stage.token(by: keys[0])) == "key-unknown")
        }
    }

    @Test func `a withdrawn key stops verifying with the next renewal, without any token of another key`() async throws
    {
        try await onKeyStage { stage async throws in
            var events = stage.events.makeAsyncIterator()
            let keys = try stageKeys.get()
            #expect(try await stage.push() == "verified")
            _ = await events.next()
            stage.cloud.keys.publish([keys[1]])
            stage.clock.advance(.seconds(3300))
            let old = try stage.token(by: keys[0])
            #expect(await stage.push(old) == "verified")
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
            #expect(await stage.push(old) == "key-unknown")
        }
    }
}
