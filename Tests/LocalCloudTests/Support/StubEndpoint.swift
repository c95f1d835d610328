import Synchronization

@testable import LocalCloud

/// A push endpoint that answers from a script and keeps what came.
final class StubEndpoint: LoopbackService {
    struct Push: Sendable {
        let head: RequestHead
        let body: [UInt8]
    }

    private struct State {
        var pushes: [Push] = []
        var running = 0
        var mostRunning = 0
    }

    private let state = Mutex(State())
    private let status: @Sendable (_ number: Int, Push) async -> Int

    init(_ status: @escaping @Sendable (_ number: Int, Push) async -> Int) {
        self.status = status
    }

    /// Answers with these, then with the last one for ever.
    convenience init(_ statuses: Int...) {
        self.init { number, _ in statuses[min(number, statuses.count) - 1] }
    }

    var pushes: [Push] { state.withLock { $0.pushes } }
    var mostRunning: Int { state.withLock { $0.mostRunning } }

    func admit(_ head: RequestHead) async -> Fault? { nil }

    func answer(_ head: RequestHead, body: [UInt8], fault: Fault?) async -> LocalReply {
        let push = Push(head: head, body: body)
        let number = state.withLock { state in
            state.pushes.append(push)
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
            return state.pushes.count
        }
        let answer = await status(number, push)
        state.withLock { $0.running -= 1 }
        return LocalReply(status: answer)
    }

    /// Listens while the closure runs; the closure gets the URL.
    func listening<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { running.finish() }
                try await LoopbackServer(service: self).run(port: 0) { running.yield($0) }
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw LocalCloudError.notListening }
            defer { group.cancelAll() }
            return try await body("http://127.0.0.1:\(port)/push")
        }
    }
}
