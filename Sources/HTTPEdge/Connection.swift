internal import Glibc
internal import NIOCore
internal import NIOHTTP1

/// Serves one connection: one request after another, until one must be the last.
final class Connection {
    private let channel: any Channel
    private let limits: EdgeLimits
    private let date: () -> String?
    let parts = RequestParts()

    /// The server has accepted the connection; the last response has been written.
    private(set) var (isServed, isLeaving) = (false, false)
    /// No more requests are accepted after this one.
    private var isLast = false
    /// The deadline for receiving the whole request.
    private var deadline = NIODeadline.distantFuture
    /// The request's `Content-Length`; nil without one.
    private var length: Int?
    /// Whether the response has no body, whatever its length.
    private var isHead = false
    /// The client waits for `100 Continue` before it sends the body.
    private var expectsContinue = false

    init(_ channel: any Channel, _ limits: EdgeLimits, _ date: @escaping () -> String?) {
        self.channel = channel
        self.limits = limits
        self.date = date
    }

    /// Answers every request, then closes the connection; called by ``EdgeChannel``, on the connection's event loop.
    func serve(_ respond: (EdgeRequest) async -> EdgeResponse?) async {
        isServed = true
        var idle = limits.head
        while let head = await nextHead(within: idle) {
            let body = EdgeBody(of: NIOLoopBound(self, eventLoop: channel.eventLoop), length: length)
            guard let response = await respond(EdgeRequest(head: head, body: body)) else { return reset() }
            guard await finish(response) else { break }
            idle = limits.idle
        }
        await leave()
    }

    /// The next request's head; nil if there is none, after sending an error response where one is due.
    private func nextHead(within idle: TimeAmount) async -> HTTPRequestHead? {
        (parts.deadline, parts.mayEndAtOnce) = (.now() + idle, true)
        var start: NIODeadline?
        while parts.isWaiting {
            await parts.read()
            // Part of the head has arrived, but not all of it.
            guard start == nil, parts.isWaiting else { continue }
            start = .now()
            parts.deadline = min(parts.deadline, .now() + limits.head)
        }
        parts.mayEndAtOnce = false
        var refusal: HTTPResponseStatus?
        if case .head(let head) = parts.take() {
            // After an Upgrade request the parser reads no further.
            isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade")
            expectsContinue = head.version == .http1_1 && head.headers.contains(name: "expect")
            length = head.values("content-length").first.map { Int($0) ?? .max }
            isHead = head.method == .HEAD
            deadline = (start ?? .now()) + limits.request
            parts.deadline = deadline
            if RequestRules.allow(head) { return head }
            refusal = .badRequest
        } else if let fault = parts.fault {
            refusal = fault == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        } else if start != nil, !parts.isClosed, !parts.isShuttingDown {
            refusal = .requestTimeout
        }
        isLast = true
        if let refusal { answer(EdgeResponse(status: refusal)) }
        return nil
    }

    /// The next part of the request's body; nil at its end.
    func nextOfBody() async throws(EdgeBody.Fault) -> ByteBuffer? {
        if expectsContinue, parts.isEmpty, parts.isInRequest {
            parts.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            channel.flush()
        }
        expectsContinue = false
        guard parts.isInRequest else { return nil }
        switch await parts.next() {
        case .body(let part): return part
        case nil: throw parts.isOver ? .cutShort : .tooSlow
        default: return nil
        }
    }

    /// Answers the request, discards the rest of its body, and returns whether another request may follow.
    private func finish(_ response: EdgeResponse) async -> Bool {
        var rest = limits.discardedBytes - parts.discardRequest()
        let isReading = parts.isInRequest
        // A client waiting for 100 Continue may or may not send its body, which could be mistaken for the next request.
        if isReading, expectsContinue || length ?? 0 > rest || parts.isLate { isLast = true }
        // Requests that came before the client closed its half, or before invalid input, are still answered.
        if parts.isOver, isReading || parts.fault == nil && parts.isEmpty { isLast = true }
        if parts.isShuttingDown || response.headers.contains(name: "connection") { isLast = true }
        answer(response)
        while !channel.isWritable, channel.isActive {
            if parts.isLate { return false }
            await parts.wait()
        }
        guard isReading, !isLast, channel.isActive else { return !isLast && channel.isActive }
        (parts.deadline, parts.mayEndAtOnce) = (deadline, true)
        while let part = await parts.next() {
            if case .end = part { return true }
            if case .body(let content) = part { rest -= content.readableBytes }
            if rest < 0 { break }
        }
        return false
    }

    private func answer(_ response: EdgeResponse) {
        var head = HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers)
        if let date = date() { head.headers.add(name: "date", value: date) }
        // RFC 9110, 8.6: a response that cannot have a body carries no `Content-Length`.
        if response.status != .noContent, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "content-length", value: String(response.body.count))
        }
        if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
        parts.write(.head(head))
        if !response.body.isEmpty, !isHead { parts.write(.body(.byteBuffer(ByteBuffer(bytes: response.body)))) }
        parts.deadline = .now() + limits.answer
        parts.write(.end(nil))
        channel.flush()
    }

    /// Closes our half after the last response, and the rest once the client has closed its half or the time is up.
    private func leave() async {
        isLeaving = true
        channel.close(mode: .output, promise: nil)
        if !parts.isLate { parts.deadline = .now() + limits.lingering }
        while !parts.isClosed, !parts.isLate { await parts.read() }
        channel.close(promise: nil)
    }

    /// Closes the connection without a response; the client sees a reset.
    private func reset() {
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        channel.close(promise: nil)
    }
}
