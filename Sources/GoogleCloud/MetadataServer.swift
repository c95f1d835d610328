package import HTTPTransport
package import Timestamps

/// The metadata server that every Google Cloud machine has
/// (https://docs.cloud.google.com/compute/docs/metadata/querying-metadata).
package struct MetadataServer: TokenIssuer {
    /// How many times a request is attempted.
    static let tries = RetryingCall.tries
    /// The limits of one attempt: the server is on the same machine.
    static let limits = TransportLimits(
        connect: .seconds(2),
        total: .seconds(5),
        responseBytes: IssuedToken.maximumAnswerBytes
    )
    /// The limits when probing whether the server exists: machines outside Google Cloud have none, and the DNS lookup
    /// may then take the whole time limit.
    static let probeLimits = TransportLimits(connect: .seconds(2), total: .seconds(3), responseBytes: 4 * 1024)

    let baseURL: String
    let transport: any Transport
    let time: TimeSource

    /// - Parameters:
    ///   - baseURL: `http://` and the host, and port if it has one.
    ///   - transport: The transport to send requests with.
    ///   - time: The clocks to use.
    package init(baseURL: String, transport: any Transport, time: TimeSource) {
        self.baseURL = baseURL
        self.transport = transport
        self.time = time
    }

    package func issue() async throws(AccessTokenError) -> IssuedToken {
        let body = try await get("instance/service-accounts/default/token")
        guard let issued = IssuedToken(answer: body) else {
            throw .unavailable("metadata server: not an access token")
        }
        return issued
    }

    /// The ID of the machine's project.
    package func projectID() async throws(AccessTokenError) -> ProjectID {
        let body = try await get("project/project-id")
        guard let project = ProjectID(String(decoding: body, as: UTF8.self)) else {
            throw .unavailable("metadata server: not a project ID")
        }
        return project
    }

    /// The email of the machine's service account, requested once with a short time limit.
    package func serviceAccount() async throws(AccessTokenError) -> String {
        let body = try await get("instance/service-accounts/default/email", tries: 1, limits: Self.probeLimits)
        let email = String(decoding: body, as: UTF8.self).printable(bytes: 256)
        guard !email.isEmpty else { throw .refused("metadata server: a service account without a name") }
        return email
    }

    private func get(
        _ path: String,
        tries: Int = Self.tries,
        limits: TransportLimits = Self.limits
    ) async throws(AccessTokenError) -> [UInt8] {
        let request = TransportRequest(
            .get,
            "\(baseURL)/computeMetadata/v1/\(path)",
            headers: [("Metadata-Flavor", "Google")],
            limits: limits
        )
        let call = RetryingCall(name: "metadata server", transport: transport, time: time)
        return try await call.send(request, tries: tries, fault: Self.fault).body
    }

    private static func fault(_ response: TransportResponse) -> AccessTokenError? {
        switch response.status {
        case 200:
            // A response from anything else at this address must not be trusted.
            response.header("metadata-flavor") == "Google"
                ? nil : .refused("answer of something else (no Metadata-Flavor)")
        case 408, 429, 500...599: .unavailable("HTTP \(response.status)")
        default: .refused("HTTP \(response.status)")
        }
    }
}
