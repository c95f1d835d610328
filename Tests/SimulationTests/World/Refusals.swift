import Timestamps

/// What Google refused the service, and when.
struct Refusals: Sendable {
    private struct Span {
        let project: String
        /// Nil for all of the project.
        let roles: Set<String>?
        let begin: Instant
        var end: Instant?
    }

    private var spans: [Span] = []

    /// The projects with roles that the service may not change now.
    var limited: [String] { spans.filter { $0.roles != nil && $0.end == nil }.map(\.project) }

    /// Google refuses a project, or these roles of it, from now on.
    mutating func begin(_ project: String, _ roles: Set<String>?, at time: Instant) {
        spans.append(Span(project: project, roles: roles, begin: time))
    }

    /// Google allows it again.
    mutating func end(_ project: String, _ roles: Set<String>?, at time: Instant) {
        for place in spans.indices where spans[place].project == project && spans[place].roles == roles {
            spans[place].end = spans[place].end ?? time
        }
    }

    /// Google allows everything again.
    mutating func endAll(at time: Instant) {
        for place in spans.indices { spans[place].end = spans[place].end ?? time }
    }

    /// Whether the service may not change who has a role, as far as it is known now.
    func refuse(_ role: String, of project: String) -> Bool {
        spans.contains { $0.project == project && $0.end == nil && ($0.roles?.contains(role) ?? true) }
    }

    /// Whether the service was not allowed to change who has a role at a time.
    func refused(_ role: String, of project: String, at time: Instant) -> Bool {
        spans.contains { span in
            span.project == project && span.begin < time && (span.end.map { time < $0 } ?? true)
                && (span.roles?.contains(role) ?? true)
        }
    }

    /// Whether a message may be given up for what Google said in this time: a call fails in it, and one may have failed
    /// long before.
    ///
    /// A project that is limited counts as a whole: whoever writes what somebody else has changed meanwhile changes the
    /// roles of others, too.
    func mayEnd(_ project: String, from: Instant, to: Instant, longBefore seconds: Int64) -> Bool {
        let spans = spans.filter { $0.project == project }
        let fails = spans.contains { $0.begin <= to && ($0.end.map { from <= $0 } ?? true) }
        return fails && spans.contains { $0.begin.adding(seconds: seconds) <= to }
    }
}
