internal import LosslessJSON
internal import Timestamps

/// The kinds of messages that versions of JIT Access publish.
package enum JITAccessMessageKind: CaseIterable, Sendable {
    /// 1.5.0 to 1.8.1: `ActivationSelfApproved`; the roles in one text, `, ` between them (one role in 1.5.0).
    case selfApproved
    /// 1.5.0 to 1.7.0: `ActivationApproved`.
    case approved
    /// 1.8.0 and 1.8.1: `ActivationApproved` with `resource_condition`.
    case approvedWithResourceCondition
    /// 1.5.0 to 1.8.1: `RequestActivation`; there is no binding yet.
    case requested
    /// The unreleased builds of 2023: `origin=jit-binding`.
    case binding
    /// The predecessor's own echo of such a message: `origin=jit-cleanup`.
    case cleanupEcho
}

extension LocalActivation {
    /// The message that JIT Access publishes for this activation, byte for byte as Gson writes it.
    ///
    /// The order of members is one that was seen; it comes from a Java `HashMap`.
    ///
    /// - Parameter kind: Which version's message.
    /// - Returns: Data and attributes. The kinds of 2023 have one role: the first.
    package func message(_ kind: JITAccessMessageKind) -> OutgoingMessage {
        let (body, attributes): (JSONText, [String: String]) =
            switch kind {
            case .selfApproved:
                (released("ActivationSelfApproved", head + [("justification", .string(justification))]), [:])
            case .approved: (released("ActivationApproved", head + review + approval), [:])
            case .approvedWithResourceCondition:
                (
                    released(
                        "ActivationApproved",
                        [head[0], ("resource_condition", .string(resourceCondition))] + head.dropFirst() + review
                            + approval
                    ), [:]
                )
            case .requested:
                (
                    released(
                        "RequestActivation",
                        head + review + [
                            ("action_url", "https://jitaccess.example.com/?activation=JhbGciOi"),
                            // Not truncated since 1.6.0.
                            (
                                "request_expiry_time",
                                .string(Instant(seconds: start.seconds + 3600, nanoseconds: 354_871_000).description)
                            ), ("base_url", "https://jitaccess.example.com/"),
                        ]
                    ), [:]
                )
            case .binding: (unreleased, ["origin": "jit-binding"])
            case .cleanupEcho: (unreleased, ["origin": "jit-cleanup"])
            }
        return OutgoingMessage(data: body.bytes { $1 += GsonText.quoted($0) }, attributes: attributes)
    }

    private typealias Members = [(name: String, value: JSONText)]

    private func released(_ type: String, _ members: Members) -> JSONText {
        [
            "type": .string(type),
            "attributes": .object(members + [("project_id", .string(project))]),
        ]
    }

    private var head: Members {
        [
            ("role", .string(roles.joined(separator: ", "))), ("beneficiary", .string(user)),
            ("start_time", .string(start.description)), ("end_time", .string(end.description)),
        ]
    }

    private var review: Members {
        [("reviewers", .array(reviewers.map { .string($0) })), ("justification", .string(justification))]
    }

    private var approval: Members {
        [("base_url", "https://jitaccess.example.com/"), ("approver", .string(approver ?? reviewers.first ?? ""))]
    }

    private var unreleased: JSONText {
        [
            "payload": [
                "user": .string(user), "role": .string(roles.first ?? ""), "project_id": .string(project),
                "conditions": [
                    "expression": ["start": .string(Self.offsetTime(start)), "end": .string(Self.offsetTime(end))],
                    "title": "JIT access activation", "description": .string(description),
                ],
            ]
        ]
    }

    /// `java.time.OffsetDateTime.toString()`: on a whole minute it leaves the seconds out.
    static func offsetTime(_ time: Instant) -> String {
        let text = time.description
        return time.nanoseconds == 0 && time.seconds % 60 == 0 ? String(text.dropLast(4)) + "Z" : text
    }
}
