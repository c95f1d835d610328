import HTTPTransport
import Synchronization
import TestSupport

@testable import LocalCloud

/// The way to Google without sockets: the cloud's own answers, with what its server makes of its faults.
///
/// A request that was sent is acted on whatever becomes of its sender: a call that timed out may be applied later.
final class MemoryNetwork: Transport {
    private typealias Answer = Result<TransportResponse, TransportError>

    private struct Call: Sendable {
        let request: TransportRequest
        let answer: Promise<Answer>
    }

    private let service: LocalCloudService
    private let time: VirtualTime
    private let isRefused: @Sendable () -> Bool
    private let wayBack: Duration
    private let calls: AsyncStream<Call>
    private let call: AsyncStream<Call>.Continuation

    /// - Parameters:
    ///   - service: Google.
    ///   - time: The time.
    ///   - wayBack: How long an answer takes.
    ///   - isRefused: Whether the next connection does not stand.
    init(
        _ service: LocalCloudService,
        _ time: VirtualTime,
        wayBack: Duration,
        isRefused: @escaping @Sendable () -> Bool
    ) {
        self.service = service
        self.time = time
        self.wayBack = wayBack
        self.isRefused = isRefused
        (calls, call) = AsyncStream.makeStream()
    }

    /// Answers until the task is cancelled.
    func serve() async {
        await withDiscardingTaskGroup { group in
            for await call in calls { group.addTask { call.answer.keep(await self.answer(call.request)) } }
        }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        guard request.limits.total > .zero else { throw .timedOut }
        if isRefused() { throw .cannotConnect("refused") }
        let answer = Promise<Answer>()
        call.yield(Call(request: request, answer: answer))
        guard let result = await answer.value(atMost: request.limits.total, time) else {
            throw Task.isCancelled ? .cancelled : .timedOut
        }
        return try result.get()
    }

    private func answer(_ request: TransportRequest) async -> Answer {
        let head = Self.head(request)
        let fault = await service.admit(head)
        if case .hang(let longest) = fault {
            // Ends early only with the cloud.
            try? await time.sleep(longest)
            return .failure(.interrupted("reset"))
        }
        let reply = await service.answer(head, body: request.body, fault: fault)
        try? await time.sleep(wayBack)
        guard case .whole = reply.ending else { return .failure(.interrupted("reset")) }
        guard reply.body.count <= request.limits.responseBytes else { return .failure(.tooLarge) }
        let headers = reply.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        return .success(TransportResponse(status: reply.status, headers: headers, body: reply.body))
    }

    private static func head(_ request: TransportRequest) -> RequestHead {
        // http: / / host / path
        let parts = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return RequestHead(
            method: request.method.rawValue,
            path: "/" + (parts.count > 3 ? parts[3] : ""),
            query: "",
            headers: request.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        )
    }
}
