package import HTTPTransport
package import Timestamps

/// The metadata server that every Google Cloud machine has
/// (https://docs.cloud.google.com/compute/docs/metadata/querying-metadata).
package struct MetadataServer: TokenIssuer {
    /// How often a request is tried.
    static let tries = RetryingCall.tries
    /// The bounds of one try: the server is on the same machine.
    static let limits = TransportLimits(
        connect: .seconds(2),
        total: .seconds(5),
        responseBytes: IssuedToken.maximumAnswerBytes
    )
    /// The bounds where it is asked only whether it is there: machines outside Google Cloud have none, and looking up
    /// its name may then take as long as it is given.
    static let probeLimits = TransportLimits(connect: .seconds(2), total: .seconds(3), responseBytes: 4 * 1024)

    let baseURL: String
    let transport: any Transport
    let time: TimeSource

    /// - Parameters:
    ///   - baseURL: `http://` and the host, and port if it has one.
    ///   - transport: The network.
    ///   - time: The clocks.
    package init(baseURL: String, transport: any Transport, time: TimeSource) {
        self.baseURL = baseURL
        self.transport = transport
        self.time = time
    }

    /// An access token of the machine's service account.
    package func issue() async throws(AccessTokenError) -> IssuedToken {
        let body = try await get("instance/service-accounts/default/token")
        guard let issued = IssuedToken(answer: body) else {
            throw .unavailable("metadata server: not an access token")
        }
        return issued
    }

    /// The project that the machine belongs to.
    func projectID() async throws(AccessTokenError) -> ProjectID {
        let body = try await get("project/project-id")
        guard let project = ProjectID(String(decoding: body, as: UTF8.self)) else {
            throw .unavailable("metadata server: not a project ID")
        }
        return project
    }

    /// The e-mail of the machine's service account, asked for once and shortly.
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
            // Whatever else answers at this address must not be believed.
            response.header("metadata-flavor") == "Google"
                ? nil : .refused("answer of something else (no Metadata-Flavor)")
        case 408, 429, 500...599: .unavailable("HTTP \(response.status)")
        default: .refused("HTTP \(response.status)")
        }
    }
}
