package import Cleanup
internal import Configuration
package import GoogleCloud
package import GoogleCredentials
internal import IAMPolicy
package import Logging

/// The settings of `serve`, read from environment variables.
///
/// The table in deploy/README.md explains each of them.
package struct Settings: Sendable {
    /// `PORT` (int, default 8080): the port to listen on; 0 lets the system choose.
    package var port: Int
    /// `LISTEN_ADDRESS` (string, default 0.0.0.0): the address to listen on.
    package var listenAddress: String
    /// `PUSH_AUDIENCE` (string, required): the audience (`aud`) of the subscription's tokens.
    package var pushAudience: String
    /// `PUSH_SERVICE_ACCOUNT` (list, required): the e-mails of the accounts that may push.
    package var pushServiceAccounts: [String]
    /// `PUBSUB_SUBSCRIPTION_PATH` (list, default any): the subscriptions whose envelopes are accepted.
    package var subscriptions: [SubscriptionPath]
    /// `PUBSUB_TOPIC_NAME`, `QUARANTINE_TOPIC_NAME`, `MESSAGE_RETENTION_SECONDS`.
    package var pubsub: PubSubSettings
    /// `TASK_QUEUE_PATH`, `TASK_TARGET_URL`, `TASK_SERVICE_ACCOUNT`; nil without a queue.
    package var tasks: TaskSettings?
    /// `PROJECT_ID` (string, default from the metadata server): for log traces.
    package var projectID: String?
    /// `DRY_RUN`, `EXPIRY_GRACE_SECONDS`, `GIVE_UP_SECONDS`, `BINDING_TITLES`, `CLEANUP_RESOURCES`, `ALLOWED_PROJECTS`.
    package var rules: CleanupRules
    /// `REQUEST_TIMEOUT_SECONDS` (int, default 50): how long keeping or cleaning a notice may take, once
    /// its envelope is read.
    package var requestTimeoutSeconds: Int64
    /// `MAX_CONNECTIONS` (int, default 1000): connections beyond this wait.
    package var maximumConnections: Int
    /// `JWKS_URL`, `RESOURCE_MANAGER_URL`, `CLOUD_TASKS_URL`, `PUBSUB_EMULATOR_HOST`, `GCE_METADATA_HOST`.
    package var endpoints: Endpoints
    /// `GOOGLE_OAUTH_ACCESS_TOKEN`, `GOOGLE_APPLICATION_CREDENTIALS` and the other variables that locate credentials.
    package var credentials: CredentialVariables
    /// `LOG_LEVEL` (string, default info).
    package var logLevel: Logger.Level
    /// `LOG_FORMAT` (`json` or `text`).
    package var logFormat: LogFormat
    /// What the operator should know although it is not a fault; each line names its variable.
    package var notices: [String]
    /// Values that are valid but cannot be intended; each line names its variables.
    package var warnings: [String]

    /// Reads all settings and reports all faults together.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - isTerminal: Whether log lines go to a terminal, which decides the default of `LOG_FORMAT`.
    /// - Throws: ``SettingsFaults`` with a line for each fault.
    package init(environment: [String: String], isTerminal: Bool) throws(SettingsFaults) {
        var reader = SettingsReader(environment: environment)
        port = Int(reader.integer("PORT", default: 8080, in: 0...65_535))
        listenAddress = reader.text("LISTEN_ADDRESS", default: "0.0.0.0")
        pushAudience = reader.required("PUSH_AUDIENCE", "the audience that the push subscription puts in its tokens")
        pushServiceAccounts = reader.requiredList(
            "PUSH_SERVICE_ACCOUNT",
            "the e-mail of the push subscription's service account"
        )
        for account in pushServiceAccounts where !account.isEmpty && !Self.isAddress(account) {
            reader.fault("PUSH_SERVICE_ACCOUNT", "\(account) is not an e-mail address")
        }
        // Quotes in an env file become part of the value, so no token would ever match the audience.
        for (name, text) in [("PUSH_AUDIENCE", pushAudience), ("LISTEN_ADDRESS", listenAddress)]
        where !reader.faults.contains(where: { $0.hasPrefix("\(name):") })
            && text.utf8.contains(where: { !(0x21...0x7E).contains($0) || "\"'`<>\\".utf8.contains($0) })
        {
            reader.fault(name, "\(text) has a quote, a space or another character that it cannot have")
        }
        subscriptions = Self.subscriptions(&reader)
        pubsub = PubSubSettings(&reader)
        tasks = TaskSettings(&reader, audience: pushAudience, accounts: pushServiceAccounts)
        projectID = reader.value("PROJECT_ID") {
            ProjectID($0)?.value
        } orFault: {
            "\($0) is not a project ID"
        }
        rules = Self.rules(&reader)
        requestTimeoutSeconds = reader.integer(
            "REQUEST_TIMEOUT_SECONDS",
            default: 50,
            in: 1...Self.longestAckDeadlineSeconds
        )
        maximumConnections = Int(reader.integer("MAX_CONNECTIONS", default: 1000, in: 1...100_000))
        endpoints = Endpoints(&reader)
        credentials = CredentialVariables(environment: environment)
        (logLevel, logFormat) = Self.log(&reader, isTerminal: isTerminal)
        if logLevel > .error, pubsub.quarantineTopic == nil {
            reader.fault(
                "LOG_LEVEL=\(logLevel) hides the ERROR lines, which without QUARANTINE_TOPIC_NAME are the only copy "
                    + "of a message that can never be acted on"
            )
        }
        (notices, warnings) = RetiredSettings.read(&reader)
        if !rules.titles.includeActivations {
            warnings.append("BINDING_TITLES does not match JIT Access's title, so JIT Access's messages are ignored")
        }
        if rules.titles.includesAll {
            notices.append(
                "BINDING_TITLES matches every title: each binding whose own condition has expired is removed, whoever made it"
            )
        }
        warnings += pubsub.warnings(giveUpSeconds: rules.giveUpSeconds)
        if !reader.faults.isEmpty { throw SettingsFaults(lines: reader.faults) }
    }

    /// The maximum ack deadline (https://docs.cloud.google.com/pubsub/docs/subscription-properties), which is also how
    /// long Pub/Sub waits for a response.
    private static let longestAckDeadlineSeconds: Int64 = 600

    /// The maximum number of pushes in progress: one connection in five is reserved for rejecting further pushes at
    /// once.
    var maximumPushes: Int { max(1, maximumConnections * 4 / 5) }

    private static func isAddress(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*/) != nil
    }

    static func subscriptions(_ reader: inout SettingsReader) -> [SubscriptionPath] {
        reader.list("PUBSUB_SUBSCRIPTION_PATH") {
            SubscriptionPath($0)
        } orFault: {
            "\($0) is not of the form projects/P/subscriptions/S"
        }
    }

    static func log(_ reader: inout SettingsReader, isTerminal: Bool) -> (level: Logger.Level, format: LogFormat) {
        // Set for a service and for a job, respectively.
        let isCloudRun = reader.optional("K_SERVICE") != nil || reader.optional("CLOUD_RUN_JOB") != nil
        return (
            reader.choice("LOG_LEVEL", default: .info, Logger.Level.allCases.map { ($0.rawValue, $0) }),
            reader.choice(
                "LOG_FORMAT",
                default: isCloudRun || !isTerminal ? .json : .text,
                LogFormat.allCases.map { ($0.rawValue, $0) }
            )
        )
    }

    /// Parses patterns of project IDs; nil if one is invalid or has characters that no ID has.
    private static func projectPatterns(_ text: String) -> NamePatterns? {
        let patterns = SettingsReader.split(text)
        let areIDs = patterns.allSatisfy { $0.wholeMatch(of: /!?[a-z0-9.:-]*\*?/) != nil }
        return areIDs ? NamePatterns(patterns) : nil
    }

    static func rules(_ reader: inout SettingsReader) -> CleanupRules {
        let resources = reader.list("CLEANUP_RESOURCES") {
            ResourceKind(rawValue: $0)
        } orFault: {
            "\($0) is none of projects, folders, organizations"
        }
        return CleanupRules(
            isDryRun: reader.choice("DRY_RUN", default: false, [("true", true), ("false", false)]),
            graceSeconds: reader.integer("EXPIRY_GRACE_SECONDS", default: 60, in: 0...86_400),
            giveUpSeconds: reader.integer("GIVE_UP_SECONDS", default: 86_400, in: 0...31_536_000),
            titles: reader.value("BINDING_TITLES") {
                NamePatterns(SettingsReader.split($0))
            } orFault: {
                "\($0) must be a comma-separated list of titles or prefixes ending in *, at least one not excluded"
            } ?? .activations,
            resources: resources.isEmpty ? [.projects] : Set(resources),
            allowedProjects: reader.value("ALLOWED_PROJECTS") {
                projectPatterns($0)
            } orFault: {
                "\($0) must be a comma-separated list of project IDs or prefixes ending in *, at least one not excluded"
            } ?? .any
        )
    }
}

/// All faults in the settings, one line each.
package struct SettingsFaults: Error, Equatable {
    package var lines: [String]
}
