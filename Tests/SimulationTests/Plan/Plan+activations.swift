import LocalCloud
import TestSupport

extension Plan {
    /// An activation to come.
    struct Activation: Sendable {
        let number: Int
        let user: String
        let roles: [String]
        let project: Int
        /// When its window begins, counted as the steps are: when it is granted, or when it was asked for.
        ///
        /// JIT Access counts the window from the request and writes the binding when somebody approves it.
        var start: Duration
        let seconds: Int
        let kind: JITAccessMessageKind
        var approver: String
        /// How long each of its writes takes; there is one for each role.
        let pause: Duration
    }

    /// The roles that can be activated.
    static let roles =
        ["compute.viewer", "logging.viewer", "run.viewer", "pubsub.viewer", "resourcemanager.projectIamAdmin"]
        .map { "roles/\($0)" } + ["projects/tools/roles/customDebugger"]

    static func activationSteps(_ scale: Scale, _ projects: Int, _ random: inout SplitMix64) -> [Step] {
        let count = random.number(in: random.pick(scale.activations))
        let latest = scale.faultTime * 5 / 6
        // Sometimes all at once, so that they end together.
        let spread = random.oneIn(4) ? scale.faultTime / 20 : latest
        return (0..<count).flatMap { number -> [Step] in
            let at = random.time(below: spread)
            var first = activation(number, of: count, at, scale, projects, &random)
            guard first.kind == .approved || first.kind == .approvedWithResourceCondition else {
                return [Step(at: at, event: .activate(first))]
            }
            // Somebody approves it later than it was asked for; perhaps when it is over.
            if random.oneIn(2) { first = first.asked(random.time(below: scale.lateness), before: at) }
            var steps = [Step(at: at, event: .activate(first))]
            // Two reviewers may approve one request, and JIT Access grants it to each of them.
            if random.oneIn(3) {
                let second = min(at + random.time(below: scale.lateness), latest)
                steps.append(Step(at: second, event: .activate(first.approvedOnceMore)))
            }
            return steps
        }
    }

    private static func activation(
        _ number: Int,
        of count: Int,
        _ at: Duration,
        _ scale: Scale,
        _ projects: Int,
        _ random: inout SplitMix64
    ) -> Activation {
        // Some users come again, and JIT Access replaces what they had.
        let user = random.oneIn(6) ? random.number(below: count) : number
        let kind = random.pick(
            [JITAccessMessageKind.selfApproved, .selfApproved, .approved, .approvedWithResourceCondition, .binding]
        )
        // The messages of 2023 name one role.
        let several = kind != .binding && random.oneIn(3) ? random.number(in: 2...4) : 1
        let first = random.number(below: roles.count)
        return Activation(
            number: number,
            user: "user-\(user)@example.com",
            roles: (0..<several).map { roles[(first + $0) % roles.count] },
            project: random.number(below: projects),
            start: at,
            seconds: random.number(in: random.pick(scale.activationSeconds)),
            kind: kind,
            approver: "bob@example.com",
            pause: random.oneIn(2) ? .zero : random.time(below: scale.writePause)
        )
    }
}

extension Plan.Activation {
    /// It was asked for some time ago.
    fileprivate func asked(_ time: Duration, before at: Duration) -> Self {
        var earlier = self
        earlier.start = at - time
        return earlier
    }

    /// Another reviewer approves it as well, whose name is in the binding.
    fileprivate var approvedOnceMore: Self {
        var second = self
        second.approver = "carol@example.com"
        return second
    }
}
