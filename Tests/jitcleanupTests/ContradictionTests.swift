import Logging
import Testing

@testable import jitcleanup

/// The least that must be set.
private let required = ["PUSH_AUDIENCE": "https://a.run.app", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"]

@Suite("Settings that contradict each other")
struct ContradictionTests {
    private static let topic = "projects/my-project/topics/jit-access"

    @Test(
        "are refused, and the line names each variable",
        arguments: [
            (
                ["PUBSUB_TOPIC_NAME": topic, "QUARANTINE_TOPIC_NAME": topic],
                ["PUBSUB_TOPIC_NAME", "QUARANTINE_TOPIC_NAME"]
            ),
            (["HOLD_SECONDS": "551"], ["HOLD_SECONDS", "REQUEST_TIMEOUT_SECONDS"]),
            (
                ["HOLD_SECONDS": "300", "REQUEST_TIMEOUT_SECONDS": "301"],
                ["HOLD_SECONDS", "REQUEST_TIMEOUT_SECONDS"]
            ),
            (
                ["HOLD_SECONDS": "1", "HOLD_CAPACITY": "100", "MAX_CONNECTIONS": "100"],
                ["HOLD_CAPACITY", "MAX_CONNECTIONS"]
            ),
        ]
    )
    func refused(changes: [String: String], names: [String]) {
        let error = #expect(throws: SettingsFaults.self) {
            try Settings(environment: required.merging(changes) { $1 }, isTerminal: false)
        }
        #expect(error?.lines.count == 1)
        for name in names { #expect(error?.lines.first?.contains(name) == true) }
    }

    @Test(
        "are taken where they just fit",
        arguments: [
            ["PUBSUB_TOPIC_NAME": topic, "QUARANTINE_TOPIC_NAME": "projects/my-project/topics/quarantine"],
            ["HOLD_SECONDS": "300", "REQUEST_TIMEOUT_SECONDS": "300"],
            ["HOLD_SECONDS": "1", "HOLD_CAPACITY": "99", "MAX_CONNECTIONS": "100"],
            ["MAX_DELIVERY_ATTEMPTS": "5", "PUBSUB_TOPIC_NAME": topic],
        ]
    )
    func taken(changes: [String: String]) throws {
        let settings = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false)
        #expect(settings.warnings.isEmpty)
    }

    @Test func `delivery attempts without a topic are warned about`() throws {
        let changes = ["MAX_DELIVERY_ATTEMPTS": "10"]
        let warnings = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("MAX_DELIVERY_ATTEMPTS") == true)
        #expect(warnings.first?.contains("PUBSUB_TOPIC_NAME") == true)
    }

    @Test func `a dry run that lets waiting messages be dead-lettered is warned about`() throws {
        let changes = ["MAX_DELIVERY_ATTEMPTS": "10", "PUBSUB_TOPIC_NAME": Self.topic]
        for (dryRun, count) in [("true", 1), ("false", 0)] {
            let environment = required.merging(changes) { $1 }.merging(["DRY_RUN": dryRun]) { $1 }
            let warnings = try Settings(environment: environment, isTerminal: false).warnings
            #expect(warnings.count == count)
            #expect(warnings.allSatisfy { $0.contains("MAX_DELIVERY_ATTEMPTS") && $0.contains("DRY_RUN") })
        }
    }

    @Test func `a log level that hides what is kept of dropped messages is refused`() throws {
        let changes = ["LOG_LEVEL": "critical"]
        #expect(throws: SettingsFaults.self) {
            _ = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false)
        }
        let kept = changes.merging(["QUARANTINE_TOPIC_NAME": Self.topic]) { $1 }
        #expect(try Settings(environment: required.merging(kept) { $1 }, isTerminal: false).logLevel == .critical)
        _ = try Settings(environment: required.merging(["LOG_LEVEL": "error"]) { $1 }, isTerminal: false)
    }

    @Test func `giving up after Pub/Sub has dropped the message is warned about, where it is not published again`()
        throws
    {
        for (seconds, topic, count) in [("600", "", 1), ("599", "", 0), ("600", Self.topic, 0)] {
            let changes = [
                "MESSAGE_RETENTION_SECONDS": "600", "GIVE_UP_SECONDS": seconds, "PUBSUB_TOPIC_NAME": topic,
            ]
            let warnings = try Settings(environment: required.merging(changes) { $1 }, isTerminal: false).warnings
            #expect(warnings.count == count)
            #expect(warnings.allSatisfy { $0.contains("GIVE_UP_SECONDS") && $0.contains("MESSAGE_RETENTION_SECONDS") })
        }
    }
}
