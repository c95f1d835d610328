package import HTTPTransport
internal import LosslessJSON
package import Timestamps

/// A client of Resource Manager v3 (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects).
///
/// Reading and writing a policy is not retried here except after a stale access token: repeating a write without a new
/// read never succeeds, so retries are left to the loop around both calls.
package struct ResourceManager: Sendable {
    /// The largest answer accepted, in bytes; Google's own limit for a policy is a few tens of kB.
    package static let maximumResponseBytes = 4 * 1024 * 1024

    /// Lenient, since only the response's completeness is checked here.
    private static let rules = JSONRules(
        maximumDepth: 64,
        maximumBytes: maximumResponseBytes,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    let baseURL: String
    let api: GoogleAPI

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - baseURL: The service's URL without a trailing slash.
    ///   - transport: The transport to send requests with.
    ///   - tokens: Where access tokens come from (scope `cloud-platform`).
    ///   - time: The clocks to use.
    package init(
        baseURL: String = "https://cloudresourcemanager.googleapis.com",
        transport: any Transport,
        tokens: any AccessTokenSource,
        time: TimeSource = .system
    ) {
        self.baseURL = baseURL
        api = GoogleAPI(transport: transport, tokens: tokens, time: time)
    }

    /// Reads a resource's policy in version 3, the only one that shows conditions.
    ///
    /// - Parameters:
    ///   - resource: Whose policy it is.
    ///   - duration: The overall time limit.
    /// - Returns: The policy and Google's time.
    /// - Throws: ``ResourceManagerError``, also for a response without a `Date`: without Google's time nothing may be
    ///   treated as expired.
    package func getIamPolicy(
        of resource: PolicyResource,
        within duration: Duration
    ) async throws(ResourceManagerError) -> PolicyRead {
        let body = Array(#"{"options":{"requestedPolicyVersion":3}}"#.utf8)
        let response = try await call("getIamPolicy", resource, body: body, within: duration, isWrite: false)
        guard let root = try? JSONDocument(response.body, rules: Self.rules).root, root.kind == .object else {
            throw .unavailable(detail: "policy that is not JSON", mayHaveBeenApplied: false)
        }
        guard let date = response.header("date").flatMap({ Instant(httpDate: $0) }) else {
            throw .unavailable(detail: "policy without a date", mayHaveBeenApplied: false)
        }
        return PolicyRead(bytes: response.body, date: date)
    }

    /// Writes a resource's policy.
    ///
    /// - Parameters:
    ///   - resource: Whose policy it is.
    ///   - body: The whole request: `{"policy":{…,"version":3,"etag":"…"}}`.
    ///   - reason: Goes to the audit log, made printable and cut to 200 bytes.
    ///   - duration: The overall time limit.
    /// - Returns: The new etag; nil if the response has none.
    /// - Throws: ``ResourceManagerError``.
    package func setIamPolicy(
        of resource: PolicyResource,
        body: [UInt8],
        reason: String,
        within duration: Duration
    ) async throws(ResourceManagerError) -> String? {
        let response = try await call(
            "setIamPolicy",
            resource,
            headers: RequestReason.headerValue(reason).map { [("x-goog-request-reason", $0)] } ?? [],
            body: body,
            within: duration,
            isWrite: true
        )
        guard let root = try? JSONDocument(response.body, rules: Self.rules).root, root.kind == .object else {
            throw .unavailable(detail: "answer to a write that is not JSON", mayHaveBeenApplied: true)
        }
        return root["etag"]?.string
    }

    private func call(
        _ method: String,
        _ resource: PolicyResource,
        headers: [(name: String, value: String)] = [],
        body: [UInt8],
        within duration: Duration,
        isWrite: Bool
    ) async throws(ResourceManagerError) -> TransportResponse {
        try await response(isWrite: isWrite) { () async throws(GoogleAPI.Failure) in
            try await api.post(
                "\(baseURL)/v3/\(resource.path):\(method)",
                headers: headers,
                body: body,
                within: duration,
                responseBytes: Self.maximumResponseBytes,
                // The second write would conflict with the first, which would look like another writer's change.
                mayBeRepeated: !isWrite
            )
        }
    }

    /// Sends a request.
    ///
    /// - Throws: ``ResourceManagerError`` for a call that fails, and for any status but 200.
    func response(
        isWrite: Bool,
        _ send: () async throws(GoogleAPI.Failure) -> TransportResponse
    ) async throws(ResourceManagerError) -> TransportResponse {
        let response: TransportResponse
        do throws(GoogleAPI.Failure) { response = try await send() } catch {
            throw ResourceManagerError(error, isWrite: isWrite)
        }
        guard response.status == 200 else {
            throw ResourceManagerError(response, isWrite: isWrite, now: api.time.now())
        }
        return response
    }
}

/// A policy as read.
package struct PolicyRead: Sendable {
    /// The response body, unchanged JSON.
    package let bytes: [UInt8]
    /// When Google answered, by Google's clock, in whole seconds.
    package let date: Instant

    package init(bytes: [UInt8], date: Instant) {
        self.bytes = bytes
        self.date = date
    }
}
