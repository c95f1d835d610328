internal import Glibc
internal import PushTokens
internal import TestSupport
internal import Testing

/// `Tests/Benchmarks/token-cost` wants the costs; those of a debug build would say nothing.
private let costsAreWanted: Bool = {
    // The environment does not change while the tests run.
    unsafe getenv("PUSH_TOKEN_COSTS") != nil
}()

@Suite struct `Cost of a token` {
    /// Judges the token of that number.
    private typealias Work = @Sendable (Int) async -> Bool

    private struct Kind {
        let name: String
        let isGood: Bool
        /// Makes the work anew.
        let work: () async throws -> Work
    }

    private static let tokens = 1000
    /// So few at a time, kind after kind, that all kinds have the same luck with the machine.
    private static let portion = 20
    private static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    @Test(.enabled(if: costsAreWanted, "PUSH_TOKEN_COSTS is not set"))
    func `is printed, beside that of libjwt alone`() async throws {
        let kinds = try self.kinds()
        let alone = try await microseconds(kinds, threads: 1)
        let together = try await microseconds(kinds, threads: Self.processors)
        print("Processor time per token in µs, on one thread and on all \(Self.processors) at once")
        for (kind, costs) in zip(kinds, zip(alone, together)) {
            print("\(kind.name): \(costs.0) µs, \(costs.1) µs")
        }
    }

    private func kinds() throws -> [Kind] {
        let genuine = try (0..<Self.tokens).map {
            try TokenMint(claims: TokenMint.claims.setting("jti", "\($0)")).signed()
        }
        let forged = genuine.map { token in
            var bytes = Array(token.utf8)
            bytes[bytes.count - 200] =
                bytes[bytes.count - 200] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            return String(decoding: bytes, as: UTF8.self)
        }
        let pem = try TestKey.first.get().publicPEM()
        func verifier(_ tokens: [String], isWarm: Bool) async throws -> Work {
            let verifier = try Bench().verifier
            let credentials = tokens.map { PushCredentials(authorization: ["Bearer \($0)"]) }
            _ = await verifier.verify(PushCredentials(authorization: ["Bearer \(try TokenMint().signed())"]))
            if isWarm { for each in credentials { _ = await verifier.verify(each) } }
            return { await verifier.verify(credentials[$0]).isVerified }
        }
        func libjwt(_ tokens: [String]) -> Work {
            { BareLibjwt.accepts(tokens[$0], pem: pem) }
        }
        return [
            Kind(name: "forged", isGood: false) { try await verifier(forged, isWarm: false) },
            Kind(name: "forged, libjwt alone", isGood: false) { libjwt(forged) },
            Kind(name: "new", isGood: true) { try await verifier(genuine, isWarm: false) },
            Kind(name: "new, libjwt alone", isGood: true) { libjwt(genuine) },
            Kind(name: "known", isGood: true) { try await verifier(genuine, isWarm: true) },
        ]
    }

    /// The processor time of a token of each kind; wall time would say what else the machine does.
    private func microseconds(_ kinds: [Kind], threads: Int) async throws -> [Int] {
        var works: [Work] = []
        for kind in kinds { works.append(try await kind.work()) }
        var spent = kinds.map { _ in 0 }
        for start in stride(from: 0, to: Self.tokens, by: Self.portion) {
            for (index, kind) in kinds.enumerated() {
                let before = clock()
                await judge(start..<(start + Self.portion), as: kind.isGood, threads: threads, works[index])
                spent[index] += clock() - before
            }
        }
        return spent.map { $0 / Self.tokens }
    }

    private func judge(_ tokens: Range<Int>, as isGood: Bool, threads: Int, _ work: @escaping Work) async {
        await withTaskGroup(of: Bool.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    for number in tokens where number % threads == thread {
                        guard await work(number) == isGood else { return false }
                    }
                    return true
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
