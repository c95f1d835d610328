internal import IAMPolicy
internal import LosslessJSON

extension BindingState {
    /// The word for scripts.
    var name: String {
        switch self {
        case .notInScope: "not-in-scope"
        case .scheduled: "scheduled"
        case .live: "live"
        case .withinGrace: "within-grace"
        case .expired: "expired"
        case .neverGranted: "never-granted"
        case .noEnd: "no-end"
        case .notUnderstood: "not-understood"
        }
    }

    /// When the role is granted; nil where that is not known.
    var period: GrantPeriod? {
        switch self {
        case .scheduled(let period), .live(let period), .withinGrace(let period), .expired(let period): period
        case .notInScope, .neverGranted, .noEnd, .notUnderstood: nil
        }
    }

    /// Why it stays though it is neither live nor about to be removed; nil otherwise.
    var reason: String? {
        switch self {
        case .notUnderstood(let reason): "\(reason)"
        case .neverGranted: "no instant makes the condition true"
        case .noEnd: "no end of the condition can be proven"
        case .notInScope, .scheduled, .live, .withinGrace, .expired: nil
        }
    }
}

extension ParentFailure {
    /// For results in JSON.
    var json: JSONText {
        [
            "name": .string(parent), "reason": .string(failure.reason), "detail": .string(failure.detail),
        ]
    }
}
