internal import Logging
internal import PushTokens

/// Logs fetches of Google's keys: an operator must hear of a failing refresh while the old keys are still valid.
struct KeyLog: Sendable {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    func log(_ event: KeyCacheEvent) {
        switch event {
        case .fetched(let keys, let lifetime):
            logger.info(
                "Google's keys have been fetched",
                metadata: [
                    "event": "keys.fetched", "keys": .stringConvertible(keys),
                    "lifetime_seconds": .stringConvertible(lifetime.components.seconds),
                ]
            )
        case .fetchFailed(let error, let hasUsableKeys):
            logger.log(
                level: hasUsableKeys ? .warning : .error,
                "Google's keys could not be fetched",
                metadata: [
                    "event": "keys.fetch-failed", "reason": "\(error.reason)", "detail": "\(error.detail)",
                    "old_keys_serve": .stringConvertible(hasUsableKeys),
                ]
            )
        }
    }
}
