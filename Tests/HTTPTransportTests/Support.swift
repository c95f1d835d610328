import Testing

@testable import HTTPTransport

/// Bounds that no test is meant to reach.
let amply = TransportLimits(connect: .seconds(20), total: .seconds(30), responseBytes: 1 << 20)

extension CurlTransport {
    func get(_ url: String, limits: TransportLimits = amply) async throws -> TransportResponse {
        try await send(TransportRequest(.get, url, limits: limits))
    }

    /// The error of a request that must fail.
    func failure(of url: String, limits: TransportLimits = amply) async -> TransportError? {
        await failure(of: TransportRequest(.get, url, limits: limits))
    }

    /// The error of a request that must fail.
    func failure(of request: TransportRequest) async -> TransportError? {
        do {
            let response = try await send(request)
            Issue.record("answered \(response.status)")
            return nil
        } catch {
            return error
        }
    }
}

extension TransportError {
    /// The case alone, for assertions that do not care about libcurl's wording.
    enum Kind { case cannotConnect, timedOut, interrupted, tooLarge, invalidRequest, cancelled }

    var kind: Kind {
        switch self {
        case .cannotConnect: .cannotConnect
        case .timedOut: .timedOut
        case .interrupted: .interrupted
        case .tooLarge: .tooLarge
        case .invalidRequest: .invalidRequest
        case .cancelled: .cancelled
        }
    }
}
