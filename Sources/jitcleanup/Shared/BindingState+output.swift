internal import Cleanup
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
        case .pam: "pam"
        }
    }

    /// Whether it need not be reported that it stays: it grants nothing, or Privileged Access Manager removes it.
    var isOfOthers: Bool { self == .pam || self == .notUnderstood(.eligibilityMarker) }

    /// Why it stays though it is neither live nor about to be removed; nil otherwise.
    var reason: String? {
        switch self {
        case .notUnderstood(let reason): "\(reason)"
        case .neverGranted: "no instant makes the condition true"
        case .noEnd: "no end of the condition can be proven"
        case .pam: "Privileged Access Manager removes it"
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

extension UnusableNotice {
    /// What is wrong with it, for people.
    var meaning: String {
        switch self {
        case .impossibleProject: "not a project ID"
        case .impossibleResource: "not a project, folder or organization"
        case .resourceNotAllowed: "not of a kind in CLEANUP_RESOURCES"
        case .projectNotAllowed: "not among ALLOWED_PROJECTS"
        }
    }
}
