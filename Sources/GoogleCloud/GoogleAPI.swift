internal import HTTPTransport
internal import Timestamps

/// What all calls to Google's APIs share: JSON, a token, and one retry when the token is stale.
struct GoogleAPI: Sendable {
    /// The time limit for connecting.
    static let connectTime: Duration = .seconds(5)

    /// Why there is no response.
    enum Failure: Error {
        case credentials(AccessTokenError)
        case transport(TransportError)
    }

    let transport: any Transport
    /// Nil for an emulator, which needs no token.
    let tokens: (any AccessTokenSource)?
    let time: TimeSource

    /// Sends a POST request.
    ///
    /// - Parameters:
    ///   - url: The whole URL.
    ///   - headers: Fields besides `Authorization` and `Content-Type`.
    ///   - body: JSON.
    ///   - duration: The overall time limit.
    ///   - responseBytes: The largest response accepted.
    ///   - mayBeRepeated: Whether the transport may resend it when a connection dies.
    /// - Returns: The response, whatever its status.
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

    /// Sends a GET request and returns the response, whatever its status; the parameters are those of
    /// ``post(_:headers:body:within:responseBytes:mayBeRepeated:)``.
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
        // Revoked or expired early. The call was not executed, so repeating it is harmless.
        await tokens.invalidate(token)
        let fresh = try await self.token(tokens)
        request.headers = fields + fresh.headers
        request.limits.total = deadline - time.uptime()
        return Self.without(fresh, try await send(request))
    }

    /// The response without its content if it is an error that echoes the token, as a proxy's may, so that no log shows
    /// it.
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
    package var detail: String {
        switch self {
        case .unavailable(let detail), .refused(let detail): detail
        }
    }
}
