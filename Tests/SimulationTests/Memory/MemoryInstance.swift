import HTTPEdge
import HTTPTransport
import NIOHTTP1
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import TestSupport

@testable import PushEndpoint

/// One life of an instance of the service: all of it from a push's header fields to its status, without sockets.
final class MemoryInstance: Sendable {
    private enum Phase {
        case serving, stopping, dead
    }

    private struct Push: Sendable {
        let id: Int
        let request: TransportRequest
    }

    private struct State {
        var phase = Phase.serving
        var lastID = 0
        /// The answers that somebody may wait for.
        var open: [Int: Promise<Result<TransportResponse, TransportError>>] = [:]
        var whenIdle: Promise<Void>?
    }

    /// A number of its own.
    let life: Int
    /// Cloud Run ends a process ten seconds after its signal; `serve` wants to be faster.
    private static let shutdownTime: Duration = .seconds(8)

    private let time: VirtualTime
    private let ledger: Ledger
    private let state = Mutex(State())
    private let pushes: AsyncStream<Push>
    private let push: AsyncStream<Push>.Continuation

    init(_ time: VirtualTime, _ ledger: Ledger, life: Int) {
        self.time = time
        self.ledger = ledger
        self.life = life
        (pushes, push) = AsyncStream.makeStream()
    }

    var isDead: Bool { state.withLock { $0.phase == .dead } }

    /// Pushes, and waits as long as the request allows.
    func push(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let answer = Promise<Result<TransportResponse, TransportError>>()
        let id = state.withLock { state -> Int? in
            // After a signal nothing is taken any more.
            guard state.phase == .serving else { return nil }
            state.lastID += 1
            state.open[state.lastID] = answer
            return state.lastID
        }
        guard let id else { throw .cannotConnect("refused") }
        push.yield(Push(id: id, request: request))
        guard let result = await answer.value(atMost: request.limits.total, time) else {
            throw Task.isCancelled ? .cancelled : .timedOut
        }
        return try result.get()
    }

    /// Lives until its end.
    func run(_ parts: MemoryParts, until ending: (at: Duration, signal: Plan.Ending.Signal)?) async {
        await testGracefulShutdown { shutdown in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.answerPushes(parts.handler) }
                // Cancelled with the whole simulation.
                try? await time.sleep((ending?.at ?? .seconds(1 << 40)) - time.uptime)
                if case .terminate = ending?.signal, !Task.isCancelled {
                    ledger.count("SIGTERM")
                    let idle = stop()
                    shutdown.triggerGracefulShutdown()
                    if await idle.value(atMost: Self.shutdownTime, time) == nil, !Task.isCancelled {
                        ledger.violate("an instance does not end after SIGTERM")
                    }
                } else if ending != nil {
                    ledger.count("SIGKILL")
                }
                die()
                group.cancelAll()
            }
        }
    }

    private func answerPushes(_ handler: PushHandler) async {
        await withDiscardingTaskGroup { group in
            for await push in pushes {
                group.addTask {
                    let head = HTTPRequestHead(
                        version: .http1_1,
                        method: .POST,
                        uri: "/push",
                        headers: HTTPHeaders(push.request.headers.map { ($0.name, $0.value) })
                    )
                    let request = EdgeRequest(head: head, body: EdgeBody(push.request.body))
                    let answer = await handler.handle(request)
                    self.conclude(push.id, .success(TransportResponse(status: Int(answer.status.code))))
                }
            }
        }
    }

    private func conclude(_ id: Int, _ result: Result<TransportResponse, TransportError>) {
        let (answer, idle) = state.withLock { state in
            (state.open.removeValue(forKey: id), state.open.isEmpty ? state.whenIdle : nil)
        }
        answer?.keep(result)
        idle?.keep(())
    }

    private func stop() -> Promise<Void> {
        let idle = Promise<Void>()
        let isIdle = state.withLock { state in
            state.phase = .stopping
            state.whenIdle = idle
            return state.open.isEmpty
        }
        if isIdle { idle.keep(()) }
        return idle
    }

    /// Nothing leaves a dead process, and whoever waits for it sees a broken connection.
    private func die() {
        let open = state.withLock { state in
            state.phase = .dead
            defer { state.open = [:] }
            return state.open.sorted { $0.key < $1.key }
        }
        for (_, answer) in open { answer.keep(.failure(.interrupted("reset"))) }
    }
}
