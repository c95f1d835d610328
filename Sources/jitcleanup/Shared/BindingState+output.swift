internal import Cleanup
internal import IAMPolicy
internal import LosslessJSON

extension BindingState {
    /// The state's name in output.
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

    /// Whether reports may omit that it stays: it grants nothing, or Privileged Access Manager removes it.
    var isOfOthers: Bool { self == .pam || self == .notUnderstood(.eligibilityMarker) }

    /// Why it stays although it is neither live nor due for removal; nil otherwise.
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
    /// The failure in JSON output.
    var json: JSONText {
        [
            "name": .string(parent), "reason": .string(failure.reason), "detail": .string(failure.detail),
        ]
    }
}

extension UnusableNotice {
    /// The problem in human-readable form.
    var meaning: String {
        switch self {
        case .impossibleProject: "not a project ID"
        case .impossibleResource: "not a project, folder or organization"
        case .resourceNotAllowed: "not of a kind in CLEANUP_RESOURCES"
        case .projectNotAllowed: "not among ALLOWED_PROJECTS"
        }
    }
}
