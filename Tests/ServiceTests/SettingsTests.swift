import Cleanup
import GoogleCloud
import IAMPolicy
import Logging
import Testing

@testable import Service

/// The least that must be set.
private let required = ["PUSH_AUDIENCE": "https://a.run.app", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"]

private func settings(_ changes: [String: String] = [:], isTerminal: Bool = false) throws(SettingsFaults) -> Settings {
    try Settings(environment: required.merging(changes) { $1 }, isTerminal: isTerminal)
}

private func faults(_ changes: [String: String]) -> [String] {
    do {
        _ = try settings(changes)
        return []
    } catch {
        return error.lines
    }
}

@Suite("Settings")
struct SettingsTests {
    @Test func `without the required settings it does not start, and says which are missing`() {
        let error = #expect(throws: SettingsFaults.self) { try Settings(environment: [:], isTerminal: false) }
        #expect(error?.lines.count == 2)
        #expect(error?.lines.first?.hasPrefix("PUSH_AUDIENCE is required") == true)
        #expect(error?.lines.last?.hasPrefix("PUSH_SERVICE_ACCOUNT is required") == true)
    }

    @Test func `an empty variable counts as not set`() throws {
        #expect(faults(["PUSH_AUDIENCE": ""]).count == 1)
        let settings = try settings(["QUARANTINE_TOPIC_NAME": "", "REQUEST_TIMEOUT_SECONDS": ""])
        #expect(settings.pubsub.quarantineTopic == nil)
        #expect(settings.requestTimeoutSeconds == 50)
    }

    @Test func `all faults are reported together, each naming its variable`() {
        let lines = faults([
            "PORT": "x", "GIVE_UP_SECONDS": "-1", "CLEANUP_SCOPE": "activation", "DRY_RUN": "perhaps",
            "QUARANTINE_TOPIC_NAME": "topic", "PUBSUB_SUBSCRIPTION_PATH": "projects/my-project/topics/t",
            "ALLOWED_PROJECTS": "../x", "JWKS_URL": "http://example.com/certs", "LOG_LEVEL": "loud",
        ])
        let names = Set(lines.map { String($0.prefix { $0 != ":" }) })
        #expect(
            names == [
                "PORT", "GIVE_UP_SECONDS", "CLEANUP_SCOPE", "DRY_RUN", "QUARANTINE_TOPIC_NAME",
                "PUBSUB_SUBSCRIPTION_PATH", "ALLOWED_PROJECTS", "JWKS_URL", "LOG_LEVEL",
            ]
        )
    }

    @Test(arguments: [
        ("PORT", "65535", "65536"), ("EXPIRY_GRACE_SECONDS", "86400", "86401"),
        ("REQUEST_TIMEOUT_SECONDS", "600", "601"), ("REQUEST_TIMEOUT_SECONDS", "1", "0"),
        ("MAX_CONNECTIONS", "1", "0"), ("GIVE_UP_SECONDS", "31536000", "31536001"),
        ("MESSAGE_RETENTION_SECONDS", "7200", "7199"), ("MESSAGE_RETENTION_SECONDS", "2678400", "2678401"),
    ])
    func `a number outside its range is refused at the limit's other side`(
        name: String,
        inside: String,
        outside: String
    ) {
        #expect(faults([name: inside]).isEmpty)
        #expect(faults([name: outside]).count == 1)
    }

    @Test(arguments: [
        ("JWKS_URL", "http://www.googleapis.com/oauth2/v3/certs"), ("RESOURCE_MANAGER_URL", "ftp://127.0.0.1"),
        ("RESOURCE_MANAGER_URL", "http://127.0.0.1.evil.example"), ("PUBSUB_EMULATOR_HOST", "pubsub:8085"),
        ("GCE_METADATA_HOST", "evil.example"), ("GCE_METADATA_HOST", "127.0.0.1/path"),
        ("GCE_METADATA_HOST", "127.0.0.1:80?x"),
    ])
    func `plain http is refused but for loopback and the metadata server`(name: String, value: String) {
        #expect(faults([name: value]).count == 1)
    }

    @Test func `loopback endpoints are taken, a trailing slash aside`() throws {
        let endpoints = try settings([
            "JWKS_URL": "http://127.0.0.1:9/certs", "RESOURCE_MANAGER_URL": "http://localhost:9/",
            "PUBSUB_EMULATOR_HOST": "[::1]:8085", "GCE_METADATA_HOST": "127.0.0.1:9",
        ]).endpoints
        #expect(endpoints.resourceManager == "http://localhost:9")
        #expect(endpoints.pubsub == "http://[::1]:8085")
    }

    @Test func `the defaults are those that deploy/README.md names`() throws {
        let settings = try settings()
        #expect(settings.port == 8080)
        #expect(settings.listenAddress == "0.0.0.0")
        #expect(!settings.rules.isDryRun)
        #expect(settings.rules.graceSeconds == 60)
        #expect(settings.rules.giveUpSeconds == 86_400)
        #expect(settings.requestTimeoutSeconds == 50)
        #expect(settings.maximumConnections == 1000)
        #expect(settings.pubsub.topic == nil)
        #expect(settings.pubsub.republishing == RepublishRule(retentionSeconds: 604_800))
        #expect(settings.endpoints.jwks == "https://www.googleapis.com/oauth2/v3/certs")
        #expect(settings.endpoints.resourceManager == "https://cloudresourcemanager.googleapis.com")
        #expect(settings.endpoints.pubsub == "https://pubsub.googleapis.com")
        #expect(settings.endpoints.metadataHost == "metadata.google.internal")
        #expect(settings.logLevel == .info)
        #expect(settings.notices.isEmpty)
        #expect(settings.warnings.isEmpty)
    }

    @Test func `lines are for people on a terminal, and JSON elsewhere and on Cloud Run`() throws {
        #expect(try settings(isTerminal: true).logFormat == .text)
        #expect(try settings(isTerminal: false).logFormat == .json)
        for sign in ["K_SERVICE", "CLOUD_RUN_JOB"] {
            #expect(try settings([sign: "jitcleanup"], isTerminal: true).logFormat == .json)
        }
        #expect(try settings(["LOG_FORMAT": "text"], isTerminal: false).logFormat == .text)
    }

    @Test func `lists are split at commas`() throws {
        let settings = try settings([
            "PUSH_SERVICE_ACCOUNT": "a@x.iam.gserviceaccount.com, b@x.iam.gserviceaccount.com",
            "PUBSUB_SUBSCRIPTION_PATH": "projects/my-project/subscriptions/one,projects/my-project/subscriptions/two",
            "ALLOWED_PROJECTS": "one-project, prod-*",
        ])
        #expect(settings.pushServiceAccounts == ["a@x.iam.gserviceaccount.com", "b@x.iam.gserviceaccount.com"])
        #expect(settings.subscriptions.count == 2)
        #expect(settings.rules.allowedProjects.contain("one-project"))
        #expect(settings.rules.allowedProjects.contain("prod-7"))
        #expect(!settings.rules.allowedProjects.contain("one-project-2"))
        #expect(!settings.rules.allowedProjects.contain("nonprod-7"))
    }

    @Test func `titles, kinds of resources and projects have exclusions and defaults`() throws {
        let fallback = try settings().rules
        #expect(fallback.titles == .activations)
        #expect(fallback.resources == [.projects])
        let rules = try settings([
            "BINDING_TITLES": "*, !Break glass", "CLEANUP_RESOURCES": "projects, folders,organizations",
            "ALLOWED_PROJECTS": "*,!prod-*",
        ]).rules
        #expect(rules.titles.contain(nil) && rules.titles.contain("x") && !rules.titles.contain("Break glass"))
        #expect(rules.resources == Set(ResourceKind.allCases))
        #expect(rules.allowedProjects.contain("dev-1") && !rules.allowedProjects.contain("prod-1"))
    }

    private static let queue = ["TASK_QUEUE_PATH": "projects/my-project/locations/europe-west1/queues/q"]

    @Test func `tasks call the audience as the only push account, unless told otherwise`() throws {
        #expect(try settings().tasks == nil)
        let tasks = try #require(try settings(Self.queue).tasks)
        #expect(tasks.target.url == "\(tasks.target.audience)/push")
        #expect(try settings(Self.queue).pushServiceAccounts == [tasks.target.serviceAccount])
        let accounts = "a@x.iam.gserviceaccount.com,b@x.iam.gserviceaccount.com"
        let other = try settings(
            Self.queue.merging([
                "PUSH_SERVICE_ACCOUNT": accounts, "TASK_SERVICE_ACCOUNT": "b@x.iam.gserviceaccount.com",
                "PUSH_AUDIENCE": "anything", "TASK_TARGET_URL": "https://x.example/push",
            ]) { $1 }
        )
        #expect(other.tasks?.target.serviceAccount == "b@x.iam.gserviceaccount.com")
        #expect(other.tasks?.target.audience == "anything")
    }

    @Test(arguments: [
        ["TASK_QUEUE_PATH": "projects/my-project/queues/q"], ["TASK_QUEUE_PATH": "projects/p/locations/l/queues/q"],
        ["TASK_TARGET_URL": "http://x.example/push"], ["TASK_TARGET_URL": "https://x.run.app"],
        ["TASK_SERVICE_ACCOUNT": "c@x.iam.gserviceaccount.com"],
        ["PUSH_AUDIENCE": "anything"], ["PUSH_AUDIENCE": "https://x.example/path"],
        ["PUSH_SERVICE_ACCOUNT": "a@x.iam.gserviceaccount.com,b@x.iam.gserviceaccount.com"],
    ])
    func `where tasks go must be known`(_ changes: [String: String]) {
        let faults = faults(Self.queue.merging(changes) { $1 })
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.hasPrefix("TASK_") ?? false)
    }

    @Test(arguments: [
        ["BINDING_TITLES": "!x"], ["BINDING_TITLES": "a,,b"], ["BINDING_TITLES": "*-x"],
        ["CLEANUP_RESOURCES": "project"],
        ["CLEANUP_RESOURCES": "projects,"], ["ALLOWED_PROJECTS": "!prod-*"], ["ALLOWED_PROJECTS": "Prod"],
        ["ALLOWED_PROJECTS": "one-project other-project"], ["ALLOWED_PROJECTS": "a!b"],
    ])
    func `a list that means nothing is a fault`(_ changes: [String: String]) {
        let faults = faults(changes)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(changes.keys.first ?? "-") ?? false, "\(faults)")
    }

    @Test func `what the titles mean for everything, or for JIT Access, is said at the start`() throws {
        #expect(try settings(["BINDING_TITLES": "*"]).notices.count == 1)
        #expect(try settings(["BINDING_TITLES": "*"]).warnings.isEmpty)
        #expect(try settings(["BINDING_TITLES": "temp*"]).warnings.count == 1)
        #expect(try settings(["BINDING_TITLES": "*,!JIT access activation"]).warnings.count == 1)
        #expect(try settings(["BINDING_TITLES": "JIT*"]).warnings.isEmpty)
    }

    @Test(arguments: ["https://a.run.app\n", " https://a.run.app", "https://a\u{0}.run.app", "\t"])
    func `white space at an end and control characters are refused, since nothing would ever match`(value: String) {
        #expect(faults(["PUSH_AUDIENCE": value]).count == 1)
    }

    @Test(arguments: ["\"https://a.run.app\"", "'https://a.run.app'", "https://a.run.app x", "https://a.run.app\u{E9}"])
    func `quotes and spaces that an env file keeps are faults`(value: String) {
        #expect(faults(["PUSH_AUDIENCE": value]).count == 1)
        #expect(faults(["LISTEN_ADDRESS": value]).count == 1)
    }

    @Test(arguments: [
        "serviceAccount:p@x.iam.gserviceaccount.com", "p", "p@", "@x", "p@x@y", "p q@x", "\"p@x.example\"",
        "projects/-/serviceAccounts/p@x.iam.gserviceaccount.com", "p@x..example",
    ])
    func `what is no e-mail address may not push`(value: String) {
        #expect(faults(["PUSH_SERVICE_ACCOUNT": value]).count == 1)
    }

    @Test(arguments: ["https://example.com/v3", "https://example.com?x=", "https://example.com//"])
    func `Resource Manager's URL ends with its host`(value: String) {
        #expect(faults(["RESOURCE_MANAGER_URL": value]).count == 1)
    }

    @Test func `the keys' URL is taken as it is`() throws {
        #expect(try settings(["JWKS_URL": "https://example.com/certs/"]).endpoints.jwks == "https://example.com/certs/")
    }

    @Test func `the service's own project is an ID`() {
        #expect(faults(["PROJECT_ID": "projects/x"]).count == 1)
    }
}
