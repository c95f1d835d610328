internal import HTTPTransport
internal import Timestamps

/// What all calls to Google's APIs have in common: JSON, a token, and one second try when the token is stale.
struct GoogleAPI: Sendable {
    /// Until a connection stands.
    static let connectTime: Duration = .seconds(5)

    /// Why there is no answer.
    enum Failure: Error {
        case credentials(AccessTokenError)
        case transport(TransportError)
    }

    let transport: any Transport
    /// Nil for an emulator, which wants none.
    let tokens: (any AccessTokenSource)?
    let time: TimeSource

    /// Posts a body.
    ///
    /// - Parameters:
    ///   - url: The whole URL.
    ///   - headers: Fields besides `Authorization` and `Content-Type`.
    ///   - body: JSON.
    ///   - duration: The time for all of it.
    ///   - responseBytes: The largest answer that is taken.
    ///   - mayBeRepeated: Whether it may be sent twice when a connection dies.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``Failure`` if there is none.
    func post(
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8],
        within duration: Duration,
        responseBytes: Int,
        mayBeRepeated: Bool = true
    ) async throws(Failure) -> TransportResponse {
        var request = TransportRequest(
            .post,
            url,
            headers: [("Content-Type", "application/json")] + headers,
            body: body,
            limits: TransportLimits(connect: Self.connectTime, total: duration, responseBytes: responseBytes)
        )
        request.mayBeRepeated = mayBeRepeated
        return try await call(request)
    }

    /// Gets an answer, whatever its status; the parameters are those of ``post(_:headers:body:within:responseBytes:mayBeRepeated:)``.
    func get(
        _ url: String,
        within duration: Duration,
        responseBytes: Int
    ) async throws(Failure) -> TransportResponse {
        let limits = TransportLimits(connect: Self.connectTime, total: duration, responseBytes: responseBytes)
        return try await call(TransportRequest(.get, url, limits: limits))
    }

    private func call(_ request: TransportRequest) async throws(Failure) -> TransportResponse {
        let deadline = time.uptime() + request.limits.total
        var request = request
        guard let tokens else { return try await send(request) }
        let fields = request.headers
        let token = try await self.token(tokens)
        request.headers = fields + token.headers
        request.limits.total = deadline - time.uptime()
        let response = try await send(request)
        guard response.status == 401 else { return Self.without(token, response) }
        // Revoked or expired early. It was not acted on, so a second time does no harm.
        await tokens.invalidate(token)
        let fresh = try await self.token(tokens)
        request.headers = fields + fresh.headers
        request.limits.total = deadline - time.uptime()
        return Self.without(fresh, try await send(request))
    }

    /// An error answer that repeats the token, as a proxy's may, has no content that a log could show.
    private static func without(_ token: AccessToken, _ response: TransportResponse) -> TransportResponse {
        guard response.status != 200, String(decoding: response.body, as: UTF8.self).contains(token.value) else {
            return response
        }
        return TransportResponse(status: response.status, headers: response.headers)
    }

    private func token(_ tokens: any AccessTokenSource) async throws(Failure) -> AccessToken {
        do throws(AccessTokenError) {
            return try await tokens.token()
        } catch {
            throw .credentials(error)
        }
    }

    private func send(_ request: TransportRequest) async throws(Failure) -> TransportResponse {
        do throws(TransportError) {
            return try await transport.send(request)
        } catch {
            throw .transport(error)
        }
    }
}

extension AccessTokenError {
    /// The reason as text.
    package var detail: String {
        switch self {
        case .unavailable(let detail), .refused(let detail): detail
        }
    }
}
