internal import ArgumentParser
internal import Cleanup
internal import Configuration
internal import GoogleCloud
internal import Logging

/// The settings that `sweep`, `list` and `explain` share with `serve`, from the same environment variables.
struct CommandSettings: Sendable {
    /// `RESOURCE_MANAGER_URL`, `PUBSUB_EMULATOR_HOST`, `GCE_METADATA_HOST`.
    var endpoints: Endpoints
    /// `EXPIRY_GRACE_SECONDS`, `ALLOWED_PROJECTS`, `DRY_RUN`, `GIVE_UP_SECONDS`.
    var rules: CleanupRules
    /// `PUBSUB_TOPIC_NAME`, `QUARANTINE_TOPIC_NAME`.
    var pubsub: PubSubSettings
    /// `PUBSUB_SUBSCRIPTION_PATH`.
    var subscriptions: [SubscriptionPath]
    /// `LOG_LEVEL`, `LOG_FORMAT`.
    var log: (level: Logger.Level, format: LogFormat)

    /// Reads the settings and reports all faults together.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - isTerminal: Whether log lines go to a terminal, for the default of `LOG_FORMAT`.
    /// - Throws: ``SettingsFaults`` with one line for each variable that is wrong.
    init(environment: [String: String], isTerminal: Bool) throws(SettingsFaults) {
        var reader = SettingsReader(
            ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
        )
        endpoints = Endpoints(&reader)
        rules = Settings.rules(&reader)
        pubsub = PubSubSettings(&reader)
        subscriptions = Settings.subscriptions(&reader)
        log = Settings.log(&reader, isTerminal: isTerminal)
        _ = RetiredSettings.read(&reader)
        if !reader.faults.isEmpty { throw SettingsFaults(lines: reader.faults) }
    }

    /// Reads the process's own settings.
    ///
    /// - Throws: Exit code 64, with all faults on standard error.
    static func load() throws -> CommandSettings {
        do throws(SettingsFaults) {
            return try CommandSettings(
                environment: ProcessEnvironment.variables,
                isTerminal: ProcessEnvironment.isErrorTerminal
            )
        } catch {
            ProcessEnvironment.printError("jitcleanup cannot start: its settings are wrong")
            for line in error.lines { ProcessEnvironment.printError("  \(line)") }
            throw ExitCode.usage
        }
    }
}
