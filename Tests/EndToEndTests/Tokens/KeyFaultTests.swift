import HTTPTransport
import LocalCloud
import PushTokens
import TestSupport
import Testing

@Suite("Keys over sockets: what does not count as keys", .timeLimit(.minutes(5)))
struct KeyFaultTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let fault: Fault
        /// The reason in the log.
        let reason: String

        init(_ name: String, _ fault: Fault, _ reason: String) {
            testDescription = name
            self.fault = fault
            self.reason = reason
        }
    }

    static let faults = [
        Sample("nothing", .status(200), "keys-unusable"),
        Sample("HTML with 200", .answer(LocalReply(htmlStatus: 200, text: "Sign in")), "keys-unusable"),
        Sample("HTML with 502", .html(502), "keys-refused"),
        Sample("a set without keys", .status(200, body: Array(#"{"keys":[]}"#.utf8)), "keys-unusable"),
        Sample("half a set, framed as if it were whole", .truncate(toBytes: 300), "keys-unusable"),
        Sample("a set cut off", .cut(afterBytes: 300), "keys-unreachable"),
        Sample("a head without a body", .cut(afterBytes: 0), "keys-unreachable"),
        Sample("a redirect", .redirect(to: "/oauth2/v3/certs"), "keys-refused"),
        Sample("a set of more than 64 KiB", .oversized(bytes: KeySet.maximumBytes + 1), "keys-unreachable"),
        Sample("a megabyte", .oversized(bytes: 1 << 20), "keys-unreachable"),
        Sample("500", .status(500), "keys-refused"), Sample("503", .status(503), "keys-refused"),
        Sample("404", .status(404), "keys-refused"), Sample("204", .status(204), "keys-refused"),
        Sample("206 with a whole set", .status(206), "keys-refused"), Sample("a reset", .reset, "keys-unreachable"),
    ]

    private static func reason(_ event: KeyCacheEvent?) -> String {
        switch event {
        case .fetchFailed(let error, _): error.reason
        case .fetched: "fetched"
        case nil: "nothing"
        }
    }

    @Test(arguments: faults)
    func `a good set is never replaced`(sample: Sample) async throws {
        try await onKeyStage { stage async throws in
            var events = stage.events.makeAsyncIterator()
            #expect(try await stage.push() == "verified")
            _ = await events.next()
            stage.cloud.faults.inject(sample.fault, at: .keys, .always)
            // An unknown kid waits for a look at the keys; renewals ahead of the expiry and after it follow.
            let stranger = try stage.token(by: stageKeys.get()[2])
            #expect(await stage.push(stranger) == "key-unknown")
            #expect(Self.reason(await events.next()) == sample.reason)
            #expect(try await stage.push() == "verified")
            for _ in 0..<3 {
                stage.clock.advance(.seconds(3400))
                #expect(try await stage.push() == "verified")
                #expect(Self.reason(await events.next()) == sample.reason)
            }
            stage.cloud.faults.clear()
            stage.clock.advance(.seconds(30))
            #expect(try await stage.push() == "verified")
            #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
        }
    }

    @Test(arguments: faults)
    func `a cold start is unavailable, and recovers by itself`(sample: Sample) async throws {
        try await onKeyStage { stage async throws in
            stage.cloud.faults.inject(sample.fault, at: .keys)
            #expect(try await stage.push() == sample.reason)
            #expect(try await stage.push() == sample.reason)
            #expect(stage.fetches == 1, "within the back-off nobody asks")
            stage.clock.advance(.seconds(1))
            #expect(try await stage.push() == "verified")
        }
    }

    @Test func `an oversized set up to the limit is taken`() async throws {
        try await onKeyStage { stage async throws in
            stage.cloud.faults.inject(.oversized(bytes: KeySet.maximumBytes), at: .keys)
            #expect(try await stage.push() == "verified")
        }
    }

    @Test func `a thousand different unknown kids at once cause one fetch`() async throws {
        try await onKeyStage { stage async throws in
            #expect(try await stage.push() == "verified")
            let stranger = try stageKeys.get()[2]
            let tokens = try (0..<1000).map { try stage.token(by: stranger, keyID: "made-up-\($0)") }
            func flood() async {
                await withTaskGroup(of: String.self) { group in
                    for token in tokens { group.addTask { await stage.push(token) } }
                    for await word in group { #expect(word == "key-unknown") }
                }
            }
            await flood()
            #expect(stage.fetches == 2)
            stage.clock.advance(.seconds(29))
            await flood()
            #expect(stage.fetches == 2)
            stage.clock.advance(.seconds(1))
            await flood()
            #expect(stage.fetches == 3)
            #expect(try await stage.push() == "verified")
        }
    }

    @Test func `a thousand pushes at a cold start cause one fetch`() async throws {
        try await onKeyStage { stage async throws in
            let token = try stage.token()
            await withTaskGroup(of: String.self) { group in
                for _ in 0..<1000 { group.addTask { await stage.push(token) } }
                for await word in group { #expect(word == "verified") }
            }
            #expect(stage.fetches == 1)
        }
    }
}
