package import Cleanup
internal import Configuration
package import GoogleCloud
package import Logging

/// The settings `sweep`, `list` and `explain` share with `serve`, from the same environment variables.
package struct CommandSettings: Sendable {
    /// `RESOURCE_MANAGER_URL`, `PUBSUB_EMULATOR_HOST`, `GCE_METADATA_HOST`.
    package var endpoints: Endpoints
    /// `EXPIRY_GRACE_SECONDS`, `BINDING_TITLES`, `CLEANUP_RESOURCES`, `ALLOWED_PROJECTS`, `DRY_RUN`, `GIVE_UP_SECONDS`.
    package var rules: CleanupRules
    /// `PUBSUB_TOPIC_NAME`, `QUARANTINE_TOPIC_NAME`.
    package var pubsub: PubSubSettings
    /// `PUBSUB_SUBSCRIPTION_PATH`.
    package var subscriptions: [SubscriptionPath]
    /// `TASK_QUEUE_PATH`.
    package var taskQueue: QueuePath?
    package var log: (level: Logger.Level, format: LogFormat)

    /// Reads the settings and reports all faults together.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - isTerminal: Whether log lines go to a terminal, which decides the default of `LOG_FORMAT`.
    /// - Throws: ``SettingsFaults`` with a line for each fault.
    package init(environment: [String: String], isTerminal: Bool) throws(SettingsFaults) {
        var reader = SettingsReader(environment: environment)
        endpoints = Endpoints(&reader)
        rules = Settings.rules(&reader)
        pubsub = PubSubSettings(&reader)
        subscriptions = Settings.subscriptions(&reader)
        taskQueue = TaskSettings.queue(&reader)
        log = Settings.log(&reader, isTerminal: isTerminal)
        _ = RetiredSettings.read(&reader)
        if !reader.faults.isEmpty { throw SettingsFaults(lines: reader.faults) }
    }
}
