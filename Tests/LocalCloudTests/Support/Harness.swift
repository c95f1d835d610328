import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Timestamps

/// A key that the tests share; making one takes a while.
enum SharedKey {
    private static let made = Result { () throws(SigningError) in try SigningKey.generate() }

    static func get() throws -> SigningKey { try made.get() }
}

/// Sends requests to a local cloud over real sockets.
struct Client: Sendable {
    let transport: CurlTransport
    let cloud: LocalCloud

    static let limits = TransportLimits(connect: .seconds(5), total: .seconds(10), responseBytes: 1 << 20)

    func get(_ path: String, _ headers: [(name: String, value: String)] = [], limits: TransportLimits = limits)
        async throws -> TransportResponse
    {
        try await transport.send(TransportRequest(.get, cloud.baseURL + path, headers: headers, limits: limits))
    }

    func post(
        _ path: String,
        _ body: String,
        _ headers: [(name: String, value: String)] = [],
        limits: TransportLimits = limits
    ) async throws -> TransportResponse {
        let headers = [(name: "Content-Type", value: "application/json")] + headers
        return try await transport.send(
            TransportRequest(.post, cloud.baseURL + path, headers: headers, body: Array(body.utf8), limits: limits)
        )
    }

    /// Posts with a good access token.
    func call(
        _ path: String,
        _ body: String = "",
        _ headers: [(name: String, value: String)] = [],
        limits: TransportLimits = limits
    ) async throws -> TransportResponse {
        let token = (name: "Authorization", value: "Bearer \(cloud.metadata.accessToken())")
        return try await post(path, body, [token] + headers, limits: limits)
    }

    /// Reads a policy, version 3.
    func read(_ project: String) async throws -> JSONDocument {
        let answer = try await call(
            "/v3/projects/\(project):getIamPolicy",
            #"{"options":{"requestedPolicyVersion":3}}"#
        )
        return try json(answer)
    }

    func write(_ project: String, _ policy: String) async throws -> TransportResponse {
        try await call("/v3/projects/\(project):setIamPolicy", "{\"policy\":\(policy)}")
    }
}

func withCloud(
    time: TimeSource = .system,
    _ change: (inout LocalCloudOptions) -> Void = { _ in },
    _ body: (LocalCloud, Client) async throws -> Void
) async throws {
    var options = LocalCloudOptions(time: time)
    options.signingKeys = [try SharedKey.get()]
    change(&options)
    try await withTransport { transport in
        try await withLocalCloud(options, transport: transport) { cloud in
            try await body(cloud, Client(transport: transport, cloud: cloud))
        }
    }
}

/// A cloud, and a push endpoint that gives these statuses in turn.
func withCloud(
    pushingTo statuses: Int...,
    time: TimeSource = .system,
    _ body: (LocalCloud, Client, ScriptedServer) async throws -> Void
) async throws {
    try await withServer(statuses.map { .answer($0) }) { server in
        try await withCloud(time: time) { cloud, client async throws in try await body(cloud, client, server) }
    }
}
