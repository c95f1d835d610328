import Testing
import Timestamps

@testable import Cleanup

@Suite("The curfew", .timeLimit(.minutes(1)))
struct CurfewTests {
    private enum Said: Equatable {
        case done
        case cancelled
    }

    /// Work without an end of its own.
    @Sendable private static func hang() async -> Said {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        return .cancelled
    }

    /// Runs the timer while something is done.
    private func watching<Value: Sendable>(
        _ curfew: Curfew,
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask {
                await curfew.run()
                return nil
            }
            group.addTask { await body() }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    @Test func `work that outlasts its time is cancelled`() async throws {
        let curfew = Curfew(time: StandingClock(Instant(seconds: 0)).source)
        let result = await watching(curfew) { await curfew.limit(to: .seconds(1000), Self.hang) }
        let (said, ending) = try #require(result)
        #expect(said == .cancelled)
        #expect(ending == .outOfTime)
    }

    @Test func `at a shutdown work is interrupted, whatever time it has, and so is what begins later`() async throws {
        let curfew = Curfew(time: StandingClock(Instant(seconds: 0)).source)
        curfew.shutDown(in: .seconds(6))
        let results = await watching(curfew) {
            let first = await curfew.limit(to: .seconds(1_000_000_000), Self.hang)
            return [first, await curfew.limit(to: .seconds(1_000_000_000), Self.hang)]
        }
        for (said, ending) in try #require(results) {
            #expect(said == .cancelled)
            #expect(ending == .interrupted)
        }
    }

    @Test func `when nobody watches any more, work is cancelled from its beginning`() async {
        let curfew = Curfew()
        _ = await watching(curfew) {}
        let (said, ending) = await curfew.limit(to: .seconds(3600), Self.hang)
        #expect(said == .cancelled)
        #expect(ending == .interrupted)
    }

    @Test func `work ends with its caller`() async {
        let curfew = Curfew()
        await withTaskGroup(of: (Said, Curfew.Ending).self) { group in
            group.addTask { await curfew.limit(to: .seconds(3600), Self.hang) }
            group.cancelAll()
            let result = await group.next()
            #expect(result?.0 == .cancelled)
            #expect(result?.1 == .interrupted)
        }
    }

    @Test func `what work has done although it was cancelled is not lost`() async throws {
        let curfew = Curfew(time: StandingClock(Instant(seconds: 0)).source)
        let result = await watching(curfew) {
            await curfew.limit(to: .seconds(1)) {
                _ = await Self.hang()
                return Said.done
            }
        }
        let (said, ending) = try #require(result)
        #expect(said == .done)
        #expect(ending == .outOfTime)
    }

    @Test func `work that ends by itself is not kept waiting by its time`() async {
        let curfew = Curfew()
        let (said, ending) = await curfew.limit(to: .seconds(3600)) { Said.done }
        #expect(said == .done)
        #expect(ending == .done)
    }
}
