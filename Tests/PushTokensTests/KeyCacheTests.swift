internal import HTTPTransport
internal import PushTokens
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct `Key cache` {
    static let failures: [(TestTransport.Answer, KeyFetchError)] = [
        (.failure(.cannotConnect("x")), .transport(.cannotConnect("x"))), (.failure(.timedOut), .transport(.timedOut)),
        (.failure(.tooLarge), .transport(.tooLarge)), (.failure(.interrupted("x")), .transport(.interrupted("x"))),
        (.success(TransportResponse(status: 500)), .status(500)),
        (.success(TransportResponse(status: 302)), .status(302)),
        (.success(TransportResponse(status: 404)), .status(404)),
        (.success(TransportResponse(status: 206)), .status(206)),
        (.success(.keys([])), .keySet(.notJSON)), (.success(.keys(Array("<html>".utf8))), .keySet(.notJSON)),
        (.success(.keys(Array(#"{"keys":[]}"#.utf8))), .keySet(.noKeys)),
        (.success(.keys(Array(#"{"keys":[{"kid":"a"#.utf8))), .keySet(.notJSON)),
        (.success(.keys([UInt8](repeating: 0x20, count: KeySet.maximumBytes + 1))), .keySet(.tooLarge)),
    ]

    private func other() throws -> [UInt8] {
        TokenMint.jwks([("second", try TestKey.second.get())])
    }

    private func tokenOfSecond() throws -> String {
        try TokenMint(header: TokenMint.header.setting("kid", #""second""#)).signed(by: TestKey.second.get())
    }

    @Test(arguments: failures.indices) func `without keys is unavailable, and recovers by itself`(_ index: Int)
        async throws
    {
        let (answer, error) = Self.failures[index]
        let bench = try Bench()
        let good = try await bench.transport.send(
            TransportRequest(.get, Bench.url, limits: .init(connect: .zero, total: .zero, responseBytes: 0))
        )
        bench.transport.answer(answer)
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).fetchError == error)
        bench.transport.answer(.success(good))
        #expect(await bench.verify(token).fetchError == error, "within the back-off nobody asks again")
        #expect(bench.transport.requests.count == 2)
        bench.clock.advance(.seconds(1))
        #expect(await bench.verify(token).isVerified)
    }

    @Test(arguments: failures.indices) func `keeps good keys through a failed fetch`(_ index: Int) async throws {
        let bench = try Bench()
        var events = bench.events.makeAsyncIterator()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).isVerified)
        #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
        bench.transport.answer(Self.failures[index].0)
        #expect(await bench.rejection(try tokenOfSecond()) == .unknownKey)
        #expect(await events.next() == .fetchFailed(Self.failures[index].1, hasUsableKeys: true))
        #expect(await bench.verify(token).isVerified)
    }

    @Test func `asks with its limits and for JSON`() async throws {
        let bench = try Bench()
        _ = try await bench.cache.current()
        let request = try #require(bench.transport.requests.first)
        #expect(request.url == Bench.url && request.method == .get && request.body.isEmpty)
        #expect(request.headers.map(\.name) == ["accept"])
        #expect(request.limits.responseBytes == KeySet.maximumBytes)
        #expect(request.limits.total == .seconds(5) && request.limits.connect == .seconds(3))
    }

    @Test func `fetches once for a thousand pushes at a cold start`() async throws {
        let bench = try Bench()
        bench.transport.hang()
        let token = try TokenMint().signed()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 { group.addTask { await bench.verify(token).isVerified } }
            while bench.transport.requests.isEmpty { await Task.yield() }
            bench.transport.proceed()
            for try await isVerified in group { #expect(isVerified) }
        }
        #expect(bench.transport.requests.count == 1)
    }

    @Test func `fetches once for a thousand made-up kids, and again only after the interval`() async throws {
        let bench = try Bench()
        _ = try await bench.cache.current()
        let signature = [UInt8](repeating: 1, count: 256)
        func flood(_ round: Int, _ count: Int) async {
            await withTaskGroup(of: TokenRejection?.self) { group in
                for number in 0..<count {
                    let mint = TokenMint(header: TokenMint.header.setting("kid", "\"made-up-\(round)-\(number)\""))
                    group.addTask { await bench.rejection(mint.with(signature: signature)) }
                }
                for await rejection in group { #expect(rejection == .unknownKey) }
            }
        }
        await flood(1, 1000)
        #expect(bench.transport.requests.count == 2)
        bench.clock.advance(.seconds(29))
        await flood(2, 100)
        #expect(bench.transport.requests.count == 2)
        bench.clock.advance(.seconds(1))
        await flood(3, 100)
        #expect(bench.transport.requests.count == 3)
    }

    @Test func `does not ask twice for the unknown kid of the very first push`() async throws {
        let bench = try Bench()
        #expect(await bench.rejection(try tokenOfSecond()) == .unknownKey)
        #expect(bench.transport.requests.count == 1)
    }

    @Test func `picks up a rotation with the first token of the new key and drops the old key`() async throws {
        let bench = try Bench()
        let old = try TokenMint().signed()
        #expect(await bench.verify(old).isVerified)
        bench.transport.answer(.success(.keys(try other())))
        #expect(await bench.verify(try tokenOfSecond()).isVerified)
        #expect(bench.transport.requests.count == 2)
        #expect(await bench.rejection(old) == .unknownKey, "a remembered token goes with its key")
    }

    @Test func `believes a remembered token no more when another key takes its kid`() async throws {
        let bench = try Bench()
        let old = try TokenMint().signed()
        #expect(await bench.verify(old).isVerified)
        bench.transport.answer(.success(.keys(TokenMint.jwks([("first", try TestKey.second.get())]))))
        #expect(await bench.rejection(try tokenOfSecond()) == .unknownKey)
        #expect(await bench.rejection(old) == .signatureInvalid)
    }

    @Test func `renews ahead of expiry without making a push wait`() async throws {
        let bench = try Bench()
        var events = bench.events.makeAsyncIterator()
        _ = try await bench.cache.current()
        #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
        bench.clock.advance(.seconds(3299))
        _ = try await bench.cache.current()
        #expect(bench.transport.requests.count == 1)
        bench.transport.hang()
        bench.clock.advance(.seconds(1))
        for _ in 0..<10 { #expect(try await bench.cache.current().generation == 1) }
        bench.transport.proceed()
        #expect(await events.next() == .fetched(keys: 1, lifetime: .seconds(3600)))
        #expect(try await bench.cache.current().generation == 2)
        #expect(bench.transport.requests.count == 2)
    }

    @Test func `fetches before it uses keys that have expired`() async throws {
        let bench = try Bench()
        _ = try await bench.cache.current()
        bench.clock.advance(.seconds(3600))
        bench.transport.answer(.success(.keys(try other())))
        let snapshot = try await bench.cache.current()
        #expect(snapshot.generation == 2 && snapshot.isNew)
        #expect(snapshot.keys.key(Array("first".utf8)) == nil)
    }

    @Test func `serves stale keys through an outage up to the bound, and recovers`() async throws {
        let bench = try Bench()
        _ = try await bench.cache.current()
        bench.transport.answer(.failure(.timedOut))
        bench.clock.advance(.seconds(3600 + 24 * 3600 - 1))
        #expect(try await bench.cache.current().generation == 1)
        bench.clock.advance(.seconds(1))
        await #expect(throws: KeyFetchError.transport(.timedOut)) { try await bench.cache.current() }
        bench.transport.answer(.success(.keys(try other())))
        bench.clock.advance(.seconds(30))
        #expect(try await bench.cache.current().generation == 2)
    }

    @Test func `asks less and less often while nobody answers`() async throws {
        let bench = try Bench()
        bench.transport.answer(.failure(.cannotConnect("x")))
        var askedAt: [Int] = []
        for second in 0..<125 {
            let before = bench.transport.requests.count
            for _ in 0..<5 { _ = try? await bench.cache.current() }
            if bench.transport.requests.count > before { askedAt.append(second) }
            bench.clock.advance(.seconds(1))
        }
        #expect(askedAt == [0, 1, 3, 7, 15, 31, 61, 91, 121])
    }
}
