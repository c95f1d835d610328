/// The reason that goes with a write into Google's audit log.
enum AuditReason {
    /// The most message IDs that a reason names.
    static let namedCauses = 5

    /// The reason of a write that these Pub/Sub messages caused, or a sweep if there are none.
    static func text(causes: [String]) -> String {
        guard !causes.isEmpty else { return "jitcleanup sweep: expired temporary bindings" }
        let named = causes.prefix(namedCauses).joined(separator: ", ")
        let more = causes.count > namedCauses ? " and \(causes.count - namedCauses) more" : ""
        return "jitcleanup: expired temporary bindings (Pub/Sub message \(named)\(more))"
    }
}
