import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

private let date = [("Date", "Tue, 14 Nov 2023 22:13:21 GMT")]

@Suite struct ResourceManagerErrorTests {
    static let denied =
        "Permission 'resourcemanager.projects.setIamPolicy' denied on resource "
        + "'//cloudresourcemanager.googleapis.com/projects/my-project' (or it may not exist)."
    static let quota =
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service "
        + "'cloudresourcemanager.googleapis.com' for consumer 'project_number:1'."

    @Test(arguments: [
        (
            googleError(
                409,
                "ABORTED",
                "There were concurrent policy changes. Please retry the whole read-modify-write."
            ),
            ResourceManagerError.conflict
        ),
        (googleError(412, "FAILED_PRECONDITION", "etag"), .conflict),
        (.answer(409, body: "<html>"), .conflict),
        (googleError(500, "ABORTED", "x"), .conflict),
        (
            googleError(429, "RESOURCE_EXHAUSTED", quota, reason: "RATE_LIMIT_EXCEEDED"),
            .rateLimited(retryAfterSeconds: nil, detail: quota + " [reason RATE_LIMIT_EXCEEDED, domain googleapis.com]")
        ),
        (
            googleError(429, "RESOURCE_EXHAUSTED", quota, headers: [("Retry-After", "7")]),
            .rateLimited(retryAfterSeconds: 7, detail: quota)
        ),
        (
            .answer(429, headers: [("Retry-After", "0")], body: "slow down"),
            .rateLimited(retryAfterSeconds: 0, detail: "HTTP 429 without a readable error")
        ),
        (
            googleError(
                403,
                "PERMISSION_DENIED",
                quota,
                reason: "RATE_LIMIT_EXCEEDED",
                headers: [("Retry-After", "30")]
            ),
            .rateLimited(retryAfterSeconds: 30, detail: quota + " [reason RATE_LIMIT_EXCEEDED, domain googleapis.com]")
        ),
        (
            .answer(403, body: #"{"error":{"code":403,"errors":[{"reason":"userRateLimitExceeded"}],"message":"m"}}"#),
            .rateLimited(retryAfterSeconds: nil, detail: "m")
        ),
        (
            googleError(403, "PERMISSION_DENIED", denied, reason: "IAM_PERMISSION_DENIED"),
            .permissionDenied(
                detail: denied + " [reason IAM_PERMISSION_DENIED, domain googleapis.com]",
                isWhole: false
            )
        ),
        (.answer(403, body: "Forbidden"), .unexpected(status: 403)),
        (
            googleError(403, "PERMISSION_DENIED", "off", reason: "SERVICE_DISABLED"),
            .serviceDisabled(detail: "off [reason SERVICE_DISABLED, domain googleapis.com]")
        ),
        (
            googleError(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
            .invalidArgument(detail: "Request contains an invalid argument.")
        ),
        (googleError(400, "FAILED_PRECONDITION", "deleted"), .invalidArgument(detail: "deleted")),
        (googleError(404, "NOT_FOUND", "gone"), .notFound(detail: "gone")),
        (.answer(418), .unexpected(status: 418)),
        (.answer(302, headers: [("Location", "/")]), .unexpected(status: 302)),
        (.answer(204), .unexpected(status: 204)),
    ])
    func `an answer means the same for a read and a write`(
        reply: ScriptedServer.Reply,
        expected: ResourceManagerError
    ) async throws {
        #expect(try await resourceManagerFailure(reply, isWrite: false) == expected)
        #expect(try await resourceManagerFailure(reply, isWrite: true) == expected)
    }

    @Test(arguments: [
        (googleError(500, "INTERNAL", "Internal error encountered."), "Internal error encountered."),
        (
            googleError(503, "UNAVAILABLE", "The service is currently unavailable."),
            "The service is currently unavailable."
        ),
        (
            .answer(502, headers: [("Content-Type", "text/html")], body: "<!DOCTYPE html><title>502</title>"),
            "HTTP 502 without a readable error"
        ),
        (.answer(503, body: ""), "HTTP 503 without a readable error"),
        (googleError(504, "DEADLINE_EXCEEDED", "Deadline exceeded."), "Deadline exceeded."),
        (googleError(408, "X", "slow"), "slow"),
    ])
    func `after a failure of the server a write may have been applied`(
        reply: ScriptedServer.Reply,
        detail: String
    ) async throws {
        #expect(
            try await resourceManagerFailure(reply, isWrite: false)
                == .unavailable(detail: detail, mayHaveBeenApplied: false)
        )
        #expect(
            try await resourceManagerFailure(reply, isWrite: true)
                == .unavailable(detail: detail, mayHaveBeenApplied: true)
        )
    }

    @Test(arguments: [
        ScriptedServer.Reply.cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"etag\":"), .reset,
        .answer(200, headers: date, body: "{\"etag\":\"a\""), .answer(200, headers: date, body: "<html></html>"),
        .answer(200, headers: date, body: ""), .answer(200, headers: date, body: "[]"),
        .answer(
            200,
            headers: date,
            body: "{\"etag\":\"a\"}" + String(repeating: " ", count: ResourceManager.maximumResponseBytes)
        ),
    ])
    func `after an answer that is cut or no JSON a write may have been applied`(reply: ScriptedServer.Reply)
        async throws
    {
        guard case .unavailable(_, false) = try await resourceManagerFailure(reply, isWrite: false),
            case .unavailable(_, true) = try await resourceManagerFailure(reply, isWrite: true)
        else {
            Issue.record("not unavailable")
            return
        }
    }

    @Test func `after no answer in time a write may have been applied, and a read has run out of time`() async throws {
        for isWrite in [false, true] {
            let error = try await resourceManagerFailure(.hang, isWrite: isWrite, within: .seconds(1))
            #expect(error == .timedOut(mayHaveBeenApplied: isWrite))
        }
    }

    @Test(arguments: [
        (ResourceManagerError.conflict, false), (.rateLimited(retryAfterSeconds: 1, detail: ""), false),
        (.permissionDenied(detail: "", isWhole: true), false), (.permissionDenied(detail: "", isWhole: false), false),
        (.notFound(detail: ""), false), (.serviceDisabled(detail: ""), false), (.invalidArgument(detail: ""), false),
        (.credentials(detail: ""), false), (.unexpected(status: 418), true),
        (.timedOut(mayHaveBeenApplied: true), true), (.timedOut(mayHaveBeenApplied: false), false),
        (.unavailable(detail: "", mayHaveBeenApplied: true), true),
        (.unavailable(detail: "", mayHaveBeenApplied: false), false),
    ])
    func `what Google refuses in so many words has not been applied`(_ error: ResourceManagerError, mayHave: Bool) {
        #expect(error.mayHaveBeenApplied == mayHave)
    }

    @Test func `a write that was never sent has not been applied`() async throws {
        try await withCloud({ _ in .hang }) { _, transport in
            let unused = try Listener(listens: false)
            let client = ResourceManager(
                baseURL: "http://127.0.0.1:\(unused.port)",
                transport: transport,
                tokens: CountingTokens(),
                time: ManualTime().source
            )
            let project = try #require(PolicyResource("projects/my-project"))
            do throws(ResourceManagerError) {
                _ = try await client.setIamPolicy(of: project, body: [], reason: "", within: .seconds(5))
                Issue.record("no error")
            } catch {
                guard case .unavailable(_, false) = error else {
                    Issue.record(error)
                    return
                }
            }
        }
    }

    @Test(arguments: [
        ("Tue, 14 Nov 2023 22:13:31 GMT", "Tue, 14 Nov 2023 22:13:21 GMT", 10),
        // Without a date of the answer the clock says 22:13:20.
        ("Tue, 14 Nov 2023 22:13:31 GMT", nil, 11), ("Tue, 14 Nov 2023 22:13:31 GMT", "nonsense", 11),
        ("Tue, 14 Nov 2023 22:13:00 GMT", nil, 0), ("Wed, 14 Nov 2029 22:13:00 GMT", nil, RetryAfter.maximumSeconds),
        ("3600", nil, 3600), ("3601", nil, 3600), ("99999999999999999999", nil, 3600), ("-1", nil, nil),
        ("1.5", nil, nil),
        ("", nil, nil), ("soon", nil, nil),
    ])
    func `Retry-After is read as seconds and as a date, and bounded`(text: String, date: String?, seconds: Int64?) {
        var response = TransportResponse(status: 429, headers: [("retry-after", text)])
        if let date { response.headers.append(("date", date)) }
        #expect(RetryAfter.seconds(response, now: ManualTime.start) == seconds)
    }
}
