package import LosslessJSON

/// An error in the form in which Google's REST endpoints answer it.
///
/// The envelope is that of https://google.aip.dev/193; the texts are those that were seen of the real endpoints.
package struct GoogleError: Error, Sendable {
    package var status: Int
    /// The name of the `google.rpc.Code`.
    package var code: String
    package var message: String
    /// The `google.rpc.ErrorInfo`, if there is one, and after it the other details, each with its `@type`.
    package var details: [JSONText]

    package init(status: Int, code: String, message: String, details: [JSONText] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
    }

    /// The error with more details after its own: `google.rpc.PreconditionFailure`, `QuotaFailure`, `LocalizedMessage`
    /// or `Help`, or the `google.cloudresourcemanager.v1.ProjectIamPolicyError` of a `setIamPolicy`.
    package func adding(_ more: JSONText...) -> GoogleError {
        GoogleError(status: status, code: code, message: message, details: details + more)
    }

    /// The response's body.
    package var body: [UInt8] {
        var error: [(name: String, value: JSONText)] = [
            ("code", .integer(Int64(status))), ("message", .string(message)), ("status", .string(code)),
        ]
        if !details.isEmpty { error.append(("details", .array(details))) }
        return JSONText.object([("error", .object(error))]).bytes(.indented) + [0x0A]
    }

    package var reply: LocalReply {
        var reply = LocalReply(json: body, status: status)
        if status == 401 {
            reply.headers.append(("WWW-Authenticate", "Bearer realm=\"https://accounts.google.com/\""))
        }
        return reply
    }

    /// A `google.rpc.ErrorInfo`.
    package static func info(reason: String, domain: String, _ metadata: [(name: String, value: JSONText)]) -> JSONText
    {
        [
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(reason),
            "domain": .string(domain), "metadata": .object(metadata),
        ]
    }

    /// 400: what was sent is wrong.
    package static func invalidArgument(_ message: String) -> GoogleError {
        GoogleError(status: 400, code: "INVALID_ARGUMENT", message: message)
    }

    /// 401: no access token, or none that this cloud has issued and that is still good.
    package static func unauthenticated(hasCredential: Bool) -> GoogleError {
        let expectation =
            "Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
            + "https://developers.google.com/identity/sign-in/web/devconsole-project."
        let start =
            hasCredential
            ? "Request had invalid authentication credentials. "
            : "Request is missing required authentication credential. "
        return GoogleError(status: 401, code: "UNAUTHENTICATED", message: start + expectation)
    }

    /// 403: not allowed, or no such project; the two cannot be told apart.
    package static func permissionDenied(_ permission: String, project: String) -> GoogleError {
        permissionDenied(permission, on: project.contains("/") ? project : "projects/\(project)")
    }

    /// 403 on a project, folder or organization, by its name.
    package static func permissionDenied(_ permission: String, on name: String) -> GoogleError {
        let resource = "//cloudresourcemanager.googleapis.com/\(name)"
        return GoogleError(
            status: 403,
            code: "PERMISSION_DENIED",
            message: "Permission '\(permission)' denied on resource '\(resource)' (or it may not exist).",
            details: [
                info(
                    reason: "IAM_PERMISSION_DENIED",
                    domain: "cloudresourcemanager.googleapis.com",
                    [("permission", .string(permission)), ("resource", .string(name))]
                )
            ]
        )
    }

    /// 403 on a write that changes more than the caller's role allows it to; what is missing is not said.
    package static let callerDoesNotHavePermission = GoogleError(
        status: 403,
        code: "PERMISSION_DENIED",
        message: "The caller does not have permission"
    )

    /// 404: no such resource.
    package static func notFound(_ message: String) -> GoogleError {
        GoogleError(status: 404, code: "NOT_FOUND", message: message)
    }

    /// 409: the policy is not the one that the etag names any more.
    package static let concurrentChanges = GoogleError(
        status: 409,
        code: "ABORTED",
        message: "There were concurrent policy changes. Please retry the whole read-modify-write with exponential "
            + "backoff."
    )

    /// 429: the quota of calls in a minute is used up.
    package static func quotaExceeded(_ kind: QuotaKind) -> GoogleError {
        let service = "cloudresourcemanager.googleapis.com"
        let text = kind.rawValue
        return GoogleError(
            status: 429,
            code: "RESOURCE_EXHAUSTED",
            message: "Quota exceeded for quota metric '\(text) requests' and limit '\(text) requests per minute' of "
                + "service '\(service)' for consumer 'project_number:123456789012'.",
            details: [
                info(
                    reason: "RATE_LIMIT_EXCEEDED",
                    domain: "googleapis.com",
                    [
                        ("service", .string(service)), ("quota_location", "global"), ("quota_limit_value", "1200"),
                        ("quota_metric", .string("\(service)/\(text.lowercased())_requests")),
                        ("quota_limit", .string("\(text)RequestsPerMinutePerProject")),
                        ("consumer", "projects/123456789012"),
                    ]
                ),
                [
                    "@type": "type.googleapis.com/google.rpc.Help",
                    "links": [
                        [
                            "description": "Request a higher quota limit.",
                            "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                        ]
                    ],
                ],
            ]
        )
    }

    /// Which quota.
    package enum QuotaKind: String, Sendable {
        case read = "Read"
        case write = "Write"
    }

    /// 503: the service is not there at the moment.
    package static let unavailable = GoogleError(
        status: 503,
        code: "UNAVAILABLE",
        message: "The service is currently unavailable."
    )

    /// 500: an error inside.
    package static let internalError = GoogleError(
        status: 500,
        code: "INTERNAL",
        message: "Internal error encountered."
    )
}
