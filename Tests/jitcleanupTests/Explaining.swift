import Testing
import Timestamps

@testable import Service
@testable import jitcleanup

/// JIT Access's message about an activation that lasts from ten to eleven.
func activationMessage(_ roles: String = "roles/a", beneficiary: String = "alice@example.com") -> String {
    """
    {"type":"ActivationSelfApproved","attributes":{"role":"\(roles)","beneficiary":"\(beneficiary)",\
    "start_time":"2026-01-31T10:00:00Z","end_time":"2026-01-31T11:00:00Z","project_id":"shop-production"}}
    """
}

/// What is said about a file with one message.
func explain(
    _ content: String,
    policy: String? = nil,
    at: String = "2026-01-31T12:00:00Z",
    settings: [String: String] = [:]
) throws -> Explanation {
    let settings = try CommandSettings(environment: settings, isTerminal: false)
    let found = try messages(Array(content.utf8), settings)
    try #require(found.count == 1)
    return Explanation(
        found[0],
        policy: policy.map { Array($0.utf8) },
        at: try #require(Instant(at, spelling: .strict)),
        settings: settings
    )
}

/// The messages of a file.
func messages(_ content: [UInt8], origin: String? = nil, _ settings: CommandSettings) throws -> [ExplainedInput] {
    let file = try InputFile(name: "message.json", bytes: content)
    return try MessageFile(file: file, origin: origin, settings: settings).messages()
}
