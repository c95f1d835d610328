import Logging

/// Counts the service's log lines by their event.
struct EventCounter: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    let ledger: Ledger

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = event.metadata ?? [:]
        let isRemembered = fields["remembered"].map { "\($0)" == "true" } ?? false
        ledger.count("\(fields["event"] ?? "none")" + (isRemembered ? " remembered" : ""))
    }
}
