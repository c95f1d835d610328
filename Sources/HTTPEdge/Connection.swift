internal import Glibc
internal import NIOCore
internal import NIOHTTP1

/// Serves one connection: one request after the other, until one of them must be the last.
final class Connection {
    private let channel: any Channel
    private let limits: EdgeLimits
    private let date: () -> String?
    let parts = RequestParts()

    /// The server has taken the connection; the last answer is written.
    private(set) var (isServed, isLeaving) = (false, false)
    /// No request is taken after this one.
    private var isLast = false
    /// When all of the request has to be there.
    private var deadline = NIODeadline.distantFuture
    /// What `Content-Length` says of the request's body.
    private var length: Int?
    /// Whether the answer has no body, whatever its length.
    private var isHead = false
    /// The client waits for a word before it sends the body.
    private var expectsContinue = false

    init(_ channel: any Channel, _ limits: EdgeLimits, _ date: @escaping () -> String?) {
        self.channel = channel
        self.limits = limits
        self.date = date
    }

    /// Answers all requests, and closes the connection.
    func serve(_ respond: (EdgeRequest) async -> EdgeResponse?) async {
        isServed = true
        var idle = limits.head
        while let head = await nextHead(within: idle) {
            let body = EdgeBody(of: NIOLoopBound(self, eventLoop: channel.eventLoop))
            guard let response = await respond(EdgeRequest(head: head, body: body)) else { return reset() }
            guard await finish(response) else { break }
            idle = limits.idle
        }
        await leave()
    }

    /// The next request's head; nil if there is none, after an answer that says so where one is due.
    private func nextHead(within idle: TimeAmount) async -> HTTPRequestHead? {
        (parts.deadline, parts.isIdle) = (.now() + idle, true)
        var start: NIODeadline?
        while parts.isWaiting {
            await parts.read()
            // Bytes of the head have come, but not all of them.
            guard start == nil, parts.isWaiting else { continue }
            start = .now()
            parts.deadline = min(parts.deadline, .now() + limits.head)
        }
        parts.isIdle = false
        if case .head(let head) = await parts.next() {
            // After an offer to upgrade, the parser looks at nothing more.
            isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade")
            expectsContinue = head.version == .http1_1 && head.headers.contains(name: "expect")
            length = head.headers.first(name: "content-length").map { Int($0) ?? .max }
            isHead = head.method == .HEAD
            deadline = (start ?? .now()) + limits.request
            parts.deadline = deadline
            if RequestRules.allow(head) { return head }
            refuse(.badRequest)
        } else if let fault = parts.fault {
            refuse(fault == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest)
        } else if start != nil, !parts.isClosed, !parts.isShuttingDown {
            // From the beginning of the pipeline, so that NIO's pipelining expects an answer.
            channel.pipeline.fireErrorCaught(HTTPParserError.unknown)
            refuse(.requestTimeout)
        }
        return nil
    }

    /// The next part of the request's body; nil at its end.
    func nextOfBody() async throws(EdgeBody.Fault) -> ByteBuffer? {
        if expectsContinue, parts.isEmpty, parts.isInRequest {
            parts.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            channel.flush()
        }
        expectsContinue = false
        guard parts.isInRequest || !parts.isEmpty else { return nil }
        switch await parts.next() {
        case .body(let part): return part
        case nil: throw parts.isOver ? .cutShort : .tooSlow
        default: return nil
        }
    }

    /// Answers the request, throws away what is left of its body, and tells whether another may follow.
    private func finish(_ response: EdgeResponse) async -> Bool {
        let isReading = parts.isInRequest
        var rest = limits.discardedBytes - parts.removeAll()
        // A client that waits for 100 Continue may or may not send its body: it could be mistaken for a next request.
        if isReading, expectsContinue || length ?? 0 > rest || parts.isLate { isLast = true }
        if parts.isOver || parts.isShuttingDown || response.headers.contains(name: "connection") { isLast = true }
        answer(response)
        while !channel.isWritable, channel.isActive {
            if parts.isLate { return false }
            await parts.wait()
        }
        guard isReading, !isLast else { return !isLast }
        (parts.deadline, parts.isIdle) = (deadline, true)
        while let part = await parts.next() {
            if case .end = part { return true }
            if case .body(let content) = part { rest -= content.readableBytes }
            if rest < 0 { break }
        }
        return false
    }

    /// Answers what is no request.
    private func refuse(_ status: HTTPResponseStatus) {
        isLast = true
        answer(EdgeResponse(status: status))
    }

    private func answer(_ response: EdgeResponse) {
        var head = HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers)
        if let date = date() { head.headers.add(name: "date", value: date) }
        // RFC 9110, 8.6: an answer that can have no body says nothing of its length.
        if response.status != .noContent, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "content-length", value: String(response.body.count))
        }
        if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
        parts.write(.head(head))
        if !response.body.isEmpty, !isHead { parts.write(.body(.byteBuffer(ByteBuffer(bytes: response.body)))) }
        parts.deadline = .now() + limits.answer
        // With the answer's end, NIO's pipelining lets the next request in.
        parts.write(.end(nil))
        channel.flush()
    }

    /// Closes our half after the last answer, and the rest when the client has done so too or its time is over.
    private func leave() async {
        isLeaving = true
        channel.close(mode: .output, promise: nil)
        if !parts.isLate { parts.deadline = .now() + limits.lingering }
        while !parts.isClosed, !parts.isLate { await parts.read() }
        channel.close(promise: nil)
    }

    /// Closes the connection without an answer; the client is told that it is broken.
    private func reset() {
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        channel.close(promise: nil)
    }
}
