internal import IAMPolicy

extension BindingState {
    /// The word for scripts.
    var name: String {
        switch self {
        case .notJITAccess: "not-jit-access"
        case .scheduled: "scheduled"
        case .live: "live"
        case .withinGrace: "within-grace"
        case .expired: "expired"
        case .notUnderstood: "not-understood"
        }
    }

    /// The window in which the role is granted; nil where none is known.
    var window: ActivationWindow? {
        switch self {
        case .scheduled(let window), .live(let window), .withinGrace(let window), .expired(let window): window
        case .notJITAccess, .notUnderstood: nil
        }
    }

    /// Why it was not understood; nil where it was.
    var reason: String? {
        if case .notUnderstood(let reason) = self { "\(reason)" } else { nil }
    }
}

extension ParentFailure {
    /// For results in JSON.
    var json: JSONOutput {
        .object([
            "name": .text(parent), "reason": .text(failure.reason), "detail": .text(failure.detail),
        ])
    }
}
