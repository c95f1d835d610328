internal import Cleanup
internal import Logging

/// Why a message is still needed after a push.
enum MessageNeed {
    /// Its activation has not ended; the second number is by how much our clock is ahead of Google's, where that decided.
    case notEnded(seconds: Int64, googleIsBehindSeconds: Int64?)
    /// Its activation could not be cleaned.
    case failed(CommitFailure)

    /// Whether it should have been done with by now.
    var isOfFailure: Bool {
        if case .failed = self { true } else { false }
    }

    /// The answer that makes Pub/Sub deliver it again.
    var refusal: PushAnswer {
        switch self {
        case .notEnded(let seconds, _): .notEnded(retryAfterSeconds: seconds)
        case .failed(.rateLimited(let seconds?)): .failedForNow(retryAfterSeconds: max(1, seconds))
        case .failed(let failure): .failedForNow(retryAfterSeconds: failure.isPermanent ? 60 : 5)
        }
    }

    /// How much it matters by itself.
    var level: Logger.Level {
        switch self {
        case .notEnded: .info
        case .failed(let failure): failure.isPermanent ? .error : .warning
        }
    }

    /// What a line about something else says of it.
    var fields: LogFields {
        switch self {
        case .notEnded(let seconds, let behind):
            var fields: LogFields = ["seconds": .stringConvertible(seconds)]
            if let behind { fields.append("clock_ahead_seconds", .stringConvertible(behind)) }
            return fields
        case .failed(let failure):
            return ["failure": .string(failure.reason), "failure_detail": PushLog.short(failure.detail)]
        }
    }
}
