import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

/// What an operator gets to read of an error of Google's.
@Suite struct ErrorDetailTests {
    private static let type = "type.googleapis.com/google.rpc."

    private static func answer(_ status: Int, _ message: String, _ details: String...) -> TransportResponse {
        let code = status == 403 ? "PERMISSION_DENIED" : status == 429 ? "RESOURCE_EXHAUSTED" : "FAILED_PRECONDITION"
        let details = details.joined(separator: ",")
        let body =
            #"{"error":{"code":\#(status),"status":"\#(code)","message":"\#(message)","details":[\#(details)]}}"#
        return TransportResponse(status: status, body: Array(body.utf8))
    }

    private static func error(_ answer: TransportResponse) -> ResourceManagerError {
        ResourceManagerError(answer, isWrite: true, now: ManualTime.start)
    }

    private static func errorInfo(_ permission: String) -> String {
        #"{"@type":"\#(type)ErrorInfo","reason":"IAM_PERMISSION_DENIED","domain":"iam.googleapis.com","metadata":"#
            + #"{"permission":"\#(permission)","resource":"projects/p"}}"#
    }

    @Test(arguments: [
        #"{"@type":"\#(type)Help","links":[]}"#, "{}", "[]", "1", "null", "true", #"{"@type":"\#(type)DebugInfo"}"#,
        #"{"a":1,"b":null,"c":[false]}"#,
    ])
    func `a detail without a text adds nothing`(_ detail: String) {
        #expect(Self.error(Self.answer(400, "No.", detail)) == .invalidArgument(detail: "No."))
    }

    /// Details as Google writes them, and what is shown of them.
    static let details: [(String, String)] = [
        (
            #"{"@type":"type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError","#
                + #""type":"SOLO_MUST_INVITE_OWNERS","member":"user:a@example.com","role":"roles/owner"}"#,
            "type SOLO_MUST_INVITE_OWNERS, member user:a@example.com, role roles/owner"
        ),
        (
            #"{"@type":"\#(type)PreconditionFailure","violations":[{"type":"T","subject":"s","description":"d e"},"#
                + #"{"type":"U"}]}"#,
            "violations.type T, violations.subject s, violations.description d e, violations.type U"
        ),
        (
            #"{"@type":"\#(type)QuotaFailure","violations":[{"subject":"project_number:1","description":"per minute"}]}"#,
            "violations.subject project_number:1, violations.description per minute"
        ),
        (
            errorInfo("resourcemanager.projects.getIamPolicy"),
            "reason IAM_PERMISSION_DENIED, domain iam.googleapis.com, "
                + "metadata.permission resourcemanager.projects.getIamPolicy, metadata.resource projects/p"
        ),
        (
            #"{"@type":"\#(type)LocalizedMessage","locale":"de","message":"Nicht erlaubt \u00fc"}"#,
            "locale de, message Nicht erlaubt \u{FC}"
        ),
        (
            #"{"@type":"\#(type)Help","links":[{"description":"Roles","url":"https://x.example/a?b=c"}]}"#,
            "links.description Roles, links.url https://x.example/a?b=c"
        ),
    ]

    @Test(arguments: details)
    func `what a detail says follows the message, for every error that has a text`(_ detail: String, shown: String) {
        let text = "No. [\(shown)]"
        #expect(Self.error(Self.answer(400, "No.", detail)) == .invalidArgument(detail: text))
        #expect(Self.error(Self.answer(403, "No.", detail)) == .permissionDenied(detail: text, isWhole: false))
        #expect(Self.error(Self.answer(404, "No.", detail)) == .notFound(detail: text))
        #expect(Self.error(Self.answer(429, "No.", detail)) == .rateLimited(retryAfterSeconds: nil, detail: text))
        #expect(Self.error(Self.answer(503, "No.", detail)) == .unavailable(detail: text, mayHaveBeenApplied: true))
        #expect(PublishError(Self.answer(404, "No.", detail)) == .refused(status: 404, detail: text))
    }

    @Test func `several details follow one another, and one without a text leaves no gap`() {
        let empty = #"{"@type":"\#(Self.type)Help","links":[]}"#
        let answer = Self.answer(400, "No.", Self.details[0].0, empty, Self.details[5].0)
        let text = "No. [\(Self.details[0].1); \(Self.details[5].1)]"
        #expect(Self.error(answer) == .invalidArgument(detail: text))
    }

    @Test func `details are shown where there is no message`() {
        let text = "HTTP 400 without a readable error [\(Self.details[0].1)]"
        #expect(Self.error(Self.answer(400, "", Self.details[0].0)) == .invalidArgument(detail: text))
    }

    @Test func `a refused permission to set policies is whole, and any other refusal may be a part's`() {
        let message = "Permission 'resourcemanager.projects.setIamPolicy' denied on resource 'x' (or it may not exist)."
        for permission in [
            "resourcemanager.projects.setIamPolicy", "resourcemanager.folders.setIamPolicy",
            "resourcemanager.organizations.setIamPolicy",
        ] {
            guard case .permissionDenied(_, true) = Self.error(Self.answer(403, "m", Self.errorInfo(permission))) else {
                Issue.record("\(permission) is not whole")
                continue
            }
        }
        let partial = [
            Self.answer(403, message), Self.answer(403, "The caller does not have permission"),
            Self.answer(403, "m", Self.errorInfo("resourcemanager.projects.getIamPolicy")),
            Self.answer(403, "m", Self.errorInfo("resourcemanager.projects.setIamPolicyX")),
            Self.answer(403, "m", Self.errorInfo("setIamPolicy")),
            // Another detail's metadata, or a name at another place, is no permission that Google names.
            Self.answer(
                403,
                "m",
                #"{"@type":"x","metadata":{"permission":"resourcemanager.projects.setIamPolicy"}}"#
            ),
            Self.answer(
                403,
                "m",
                #"{"@type":"\#(Self.type)ErrorInfo","reason":"resourcemanager.projects.setIamPolicy"}"#
            ),
        ]
        for answer in partial {
            guard case .permissionDenied(_, false) = Self.error(answer) else {
                Issue.record("\(String(decoding: answer.body, as: UTF8.self)) is whole")
                continue
            }
        }
    }

    private static func message(_ answer: TransportResponse) -> String { ErrorEnvelope(answer).message }

    @Test func `a message is printable and bounded`() {
        let limit = ErrorEnvelope.maximumMessageBytes
        for (text, expected) in [
            (String(repeating: "a", count: limit), String(repeating: "a", count: limit)),
            (String(repeating: "a", count: limit + 1), String(repeating: "a", count: limit)),
            (String(repeating: "a", count: limit - 1) + "ü", String(repeating: "a", count: limit - 1)),
            (#"a\r\nb\u001b[1mc\u2028d"#, "a  b [1mc d"),
        ] {
            #expect(Self.message(Self.answer(400, text)) == expected)
        }
    }

    @Test func `details are bounded to 1 KiB, and no character is cut in two`() {
        #expect(ErrorEnvelope.maximumDetailBytes == 1024)
        func shown(_ text: String) -> String { Self.message(Self.answer(400, "m", #"{"a":"\#(text)"}"#)) }
        let whole = String(repeating: "b", count: 1022)
        #expect(shown(whole) == "m [a \(whole)]")
        #expect(shown(whole + "b") == "m [a \(whole)]")
        #expect(shown(whole.dropLast() + "ü") == "m [a \(whole.dropLast())]")
        let violations = Array(repeating: #"{"type":"T","subject":"s"}"#, count: 2000).joined(separator: ",")
        let many = Self.message(Self.answer(400, "m", #"{"violations":[\#(violations)]}"#))
        #expect(many.utf8.count == "m []".utf8.count + 1024)
        let longest = Self.message(Self.answer(400, String(repeating: "m", count: 9999), #"{"a":"\#(whole)"}"#))
        #expect(longest.utf8.count <= ErrorEnvelope.maximumMessageBytes + " []".utf8.count + 1024)
    }

    @Test(arguments: ["\\u0000", "\\n", "\\r\\n", "\\u001b[2J", "\\u009b", "\\u2028", "\\u2029", "\\u202e", "\\ufeff"])
    func `nothing in a detail, nor its name, moves the cursor or breaks a line`(_ text: String) {
        let detail = #"{"a\#(text)b":"c\#(text)d","e":["\#(text)"],"\#(text)":{"f":"g"}}"#
        let message = Self.message(Self.answer(400, "m", detail))
        #expect(message.hasPrefix("m [a") && message.contains("b c") && message.hasSuffix("f g]"))
        for scalar in message.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: Issue.record("\(scalar.value) is shown")
            default: break
            }
        }
    }

    @Test func `details as deep as they are read are shown, and deeper ones are no error of Google's`() {
        func nested(_ depth: Int) -> TransportResponse {
            Self.answer(
                400,
                "m",
                String(repeating: #"{"a":"#, count: depth) + #""b""# + String(repeating: "}", count: depth)
            )
        }
        // The answer, its error and its details are three levels.
        #expect(Self.message(nested(29)) == "m [\(Array(repeating: "a", count: 29).joined(separator: ".")) b]")
        #expect(Self.error(nested(30)) == .unexpected(status: 400))
    }
}
