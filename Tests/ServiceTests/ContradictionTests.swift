import Testing

@testable import Service

/// The least that must be set.
private let required = ["PUSH_AUDIENCE": "https://a.run.app", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"]

@Suite("Settings that contradict each other")
struct ContradictionTests {
    private static let topic = "projects/my-project/topics/jit-access"

    @Test(arguments: [
        (
            ["PUBSUB_TOPIC_NAME": topic, "QUARANTINE_TOPIC_NAME": topic],
            ["PUBSUB_TOPIC_NAME", "QUARANTINE_TOPIC_NAME"]
        ),
        (["LOG_LEVEL": "critical"], ["LOG_LEVEL", "QUARANTINE_TOPIC_NAME"]),
    ])
    func `are refused, and the line names each variable`(changes: [String: String], names: [String]) {
        let error = #expect(throws: SettingsFaults.self) {
            try Settings(environment: required.merging(changes) { $1 }, isTerminal: false)
        }
        #expect(error?.lines.count == 1)
        for name in names { #expect(error?.lines.first?.contains(name) == true) }
    }

    @Test(arguments: [
        ["PUBSUB_TOPIC_NAME": topic, "QUARANTINE_TOPIC_NAME": "projects/my-project/topics/quarantine"],
        ["LOG_LEVEL": "critical", "QUARANTINE_TOPIC_NAME": topic], ["LOG_LEVEL": "error"],
    ])
    func `are taken where they just fit`(changes: [String: String]) throws {
        let settings = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false)
        #expect(settings.warnings.isEmpty)
    }

    @Test func `giving up after Pub/Sub has dropped the message is warned about, where it is not published again`()
        throws
    {
        for (seconds, topic, count) in [("7200", "", 1), ("7199", "", 0), ("7200", Self.topic, 0)] {
            let changes = [
                "MESSAGE_RETENTION_SECONDS": "7200", "GIVE_UP_SECONDS": seconds, "PUBSUB_TOPIC_NAME": topic,
            ]
            let warnings = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false).warnings
            #expect(warnings.count == count)
            #expect(warnings.allSatisfy { $0.contains("GIVE_UP_SECONDS") && $0.contains("MESSAGE_RETENTION_SECONDS") })
        }
    }
}
