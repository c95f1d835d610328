/// The reason recorded with a write in Google's audit log.
enum AuditReason {
    /// The maximum number of message IDs a reason names.
    static let namedCauses = 5

    /// The reason for a write caused by these Pub/Sub messages, or by a sweep if there are none.
    static func text(causes: [String]) -> String {
        guard !causes.isEmpty else { return "jitcleanup sweep: expired temporary bindings" }
        let named = causes.prefix(namedCauses).joined(separator: ", ")
        let more = causes.count > namedCauses ? " and \(causes.count - namedCauses) more" : ""
        return "jitcleanup: expired temporary bindings (Pub/Sub message \(named)\(more))"
    }
}
