import HTTPTransport
import LosslessJSON
import Synchronization
import TestSupport
import Timestamps

/// Resource Manager without a network: policies with etags, latency, and whatever faults a test asks for.
final class PolicyService: Transport {
    enum Method: String, Sendable {
        case read = "getIamPolicy"
        case write = "setIamPolicy"
    }

    /// A call, as the fault hook sees it.
    struct Call: Sendable {
        let method: Method
        let project: String
        /// From 1, over all projects.
        let number: Int
        let uptime: Duration
    }

    /// What goes wrong with a call.
    enum Fault: Sendable {
        case status(Int, code: String = "", reason: String? = nil, headers: [(name: String, value: String)] = [])
        /// 403 that names a permission.
        case denied(permission: String)
        /// The connection never stood.
        case refused
        /// The connection breaks; before or after the call was acted on.
        case reset(applied: Bool)
        /// No answer until the caller's time is over.
        case hang(applied: Bool)
        /// Status 200 and only a part of the body.
        case cut
        /// Status 200 and something else than JSON.
        case notJSON
        /// No `Date` field.
        case noDate
        /// Answers rightly, but so much later.
        case slow(Duration)
    }

    struct Write: Sendable {
        let project: String
        let before: [String]
        let after: [String]
        let time: Instant
        let isService: Bool
    }

    private struct Project {
        var bindings: [String] = []
        var revision = 1
        var etag: String { "BwX\(revision)=" }
    }

    private struct State {
        var projects: [String: Project] = [:]
        var calls: [Call] = []
        var history: [Write] = []
        var inFlight = 0
        var mostInFlight = 0
        var refusedTokens: Set<String> = []
        var fault: @Sendable (Call) -> Fault? = { _ in nil }
        var refusal: (status: Int, why: @Sendable (Write) -> String?) = (400, { _ in nil })
        var tokens: Set<String> = []
    }

    let time: VirtualTime
    private let readTime: Duration
    private let writeTime: Duration
    private let state = Mutex(State())

    init(time: VirtualTime, readTime: Duration = .milliseconds(100), writeTime: Duration = .milliseconds(200)) {
        self.time = time
        self.readTime = readTime
        self.writeTime = writeTime
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var history: [Write] { state.withLock { $0.history } }
    var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    var methods: [Method] { calls.map(\.method) }

    func bindings(_ project: String) -> [String] { state.withLock { $0.projects[project]?.bindings ?? [] } }

    /// Changes a policy at once, as an editor would; unknown projects are made.
    func edit(_ project: String, _ change: (inout [String]) -> Void) {
        let now = time.now
        state.withLock { state in
            var policy = state.projects[project] ?? Project()
            let before = policy.bindings
            change(&policy.bindings)
            policy.revision += 1
            state.history.append(
                Write(project: project, before: before, after: policy.bindings, time: now, isService: false)
            )
            state.projects[project] = policy
        }
    }

    func setFault(_ fault: @escaping @Sendable (Call) -> Fault?) { state.withLock { $0.fault = fault } }

    /// The calls, by number from 1, that go wrong.
    func setFaults(_ faults: [Int: Fault]) { setFault { faults[$0.number] } }

    /// IAM's opinion of a write, as the message of a 400 or 403.
    func setRefusal(status: Int = 400, _ refusal: @escaping @Sendable (Write) -> String?) {
        state.withLock { $0.refusal = (status, refusal) }
    }

    func refuseToken(_ token: String) { _ = state.withLock { $0.refusedTokens.insert(token) } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        guard let (project, method) = Self.target(request.url) else { throw .invalidRequest("no such method") }
        let uptime = time.uptime
        let (call, hook, isRefused) = state.withLock { state in
            let call = Call(method: method, project: project, number: state.calls.count + 1, uptime: uptime)
            state.calls.append(call)
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
            let token = request.headers.first { $0.name == "Authorization" }?.value ?? ""
            return (call, state.fault, state.refusedTokens.contains(token))
        }
        // Outside the lock, for the hook may change policies.
        let fault = hook(call)
        defer { state.withLock { $0.inFlight -= 1 } }
        let latency = method == .read ? readTime : writeTime
        do {
            if case .refused = fault { throw TransportError.cannotConnect("refused") }
            guard request.limits.total > .zero else { throw TransportError.invalidRequest("no time") }
            if case .slow(let more) = fault { try await pause(more, request) }
            try await pause(latency / 2, request)
            switch fault {
            case .status(let status, let code, let reason, let headers):
                try await pause(latency / 2, request)
                return error(status, code, reason, headers)
            case .denied(let permission):
                try await pause(latency / 2, request)
                return error(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", [], permission: permission)
            case .reset(applied: false):
                throw TransportError.interrupted("reset")
            case .hang(applied: false):
                try await time.sleep(request.limits.total - latency / 2)
                throw TransportError.timedOut
            case .refused, .reset, .hang, .cut, .notJSON, .noDate, .slow, nil: break
            }
            if isRefused { return error(401, "UNAUTHENTICATED", nil, []) }
            var response = method == .read ? read(project) : write(project, request.body)
            if case .hang = fault {
                try await time.sleep(request.limits.total - latency / 2)
                throw TransportError.timedOut
            }
            try await pause(latency / 2, request)
            switch fault {
            case .reset: throw TransportError.interrupted("reset")
            case .cut: response.body.removeLast(response.body.count / 3)
            case .notJSON: response.body = Array("<html>Bad gateway</html>".utf8)
            case .noDate: response.headers.removeAll { $0.name == "date" }
            case .refused, .hang, .slow, .status, .denied, nil: break
            }
            return response
        } catch let error as TransportError {
            throw error
        } catch {
            throw .cancelled
        }
    }

    private func pause(_ duration: Duration, _ request: TransportRequest) async throws {
        guard duration < request.limits.total else {
            try await time.sleep(request.limits.total)
            throw TransportError.timedOut
        }
        try await time.sleep(duration)
    }

    private func read(_ project: String) -> TransportResponse {
        guard let policy = state.withLock({ $0.projects[project] }) else {
            return error(403, "PERMISSION_DENIED", nil, [])
        }
        return answer(200, Self.text(policy.bindings, etag: policy.etag))
    }

    private func write(_ project: String, _ body: [UInt8]) -> TransportResponse {
        guard let policy = (try? json(body))?.root["policy"],
            policy["version"]?.integer == 3, let etag = policy["etag"]?.string, !etag.isEmpty,
            policy["auditConfigs"]?.rawBytes.elementsEqual(Self.audit.utf8) ?? false
        else { return error(400, "INVALID_ARGUMENT", nil, []) }
        let after = (policy["bindings"]?.elements ?? []).map { String(decoding: $0.rawBytes, as: UTF8.self) }
        let now = time.now
        return state.withLock { state in
            guard var stored = state.projects[project] else { return error(403, "PERMISSION_DENIED", nil, []) }
            guard stored.etag == etag else { return error(409, "ABORTED", nil, []) }
            let write = Write(project: project, before: stored.bindings, after: after, time: now, isService: true)
            if state.refusal.why(write) != nil {
                let status = state.refusal.status
                return error(status, status == 400 ? "INVALID_ARGUMENT" : "PERMISSION_DENIED", nil, [])
            }
            stored.bindings = after
            stored.revision += 1
            state.projects[project] = stored
            state.history.append(write)
            return answer(200, Self.text(after, etag: stored.etag))
        }
    }
}
