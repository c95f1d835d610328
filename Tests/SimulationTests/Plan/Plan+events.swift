import LocalCloud
import VirtualTime

extension Plan {
    /// Something that happens at a set time.
    enum Event: Sendable {
        /// JIT Access grants an activation and publishes its message.
        case activate(Activation)
        /// A message that makes no binding is published.
        case publishUnrelated(JITAccessMessageKind)
        /// A message that can never be acted on is published.
        case publishPoison(number: Int)
        /// Somebody else changes a policy.
        case edit(project: Int)
        /// Pub/Sub delivers a message once more: the one at this place among all that there are, in thousandths.
        case duplicate(place: Int)
        /// Everything comes again that was ever published.
        case seek
        /// A stranger pushes a message with a token that is not Google's.
        case forge(place: Int)
        /// Google signs with a new key: that one of the spare ones.
        case rotateKeys(number: Int)
        /// All access tokens become worthless; the metadata server may hand the worthless one out for a while.
        case revokeTokens(keepsServing: Bool)
        /// An instance's clock is set off by so many seconds.
        case setClock(instance: Int, seconds: Int64)
        /// Google's `Date` is off by so many seconds.
        case shiftDate(seconds: Int64)
        /// Google's answers have no `Date`.
        case omitDate
        /// All clocks are right from now on.
        case rightClocks
    }

    /// An activation to come.
    struct Activation: Sendable {
        let number: Int
        let user: String
        let roles: [String]
        let project: Int
        let seconds: Int
        let kind: JITAccessMessageKind
    }

    static func steps(_ scale: Scale, _ projects: Int, _ random: inout SplitMix64) -> [Step] {
        var steps: [Step] = []
        func add(_ at: Duration, _ event: Event) { steps.append(Step(at: at, event: event)) }
        let time = scale.faultTime
        let count = random.number(in: random.pick(scale.activations))
        // Sometimes all at once, so that they end together.
        let spread = random.oneIn(4) ? time / 20 : time * 5 / 6
        for number in 0..<count {
            add(random.time(below: spread), .activate(activation(number, of: count, scale, projects, &random)))
        }
        for project in 0..<projects {
            let pause = random.pick(scale.editPauses)
            var at = random.time(below: pause * 2)
            while at < time {
                // Now and then several in a row, so that writes collide.
                for _ in 0..<(random.oneIn(5) ? 5 : 1) {
                    add(at, .edit(project: project))
                    at += random.time(below: scale.latency)
                }
                at += pause / 2 + random.time(below: pause * 2)
            }
        }
        for _ in 0..<(count / 5 + 1) { add(random.time(below: time), .duplicate(place: random.number(below: 1000))) }
        for _ in 0..<random.number(below: 5) {
            add(random.time(below: time), .forge(place: random.number(below: 1000)))
        }
        for _ in 0..<random.number(below: 3) {
            add(random.time(below: time), .publishUnrelated(random.pick([.requested, .cleanupEcho])))
        }
        for number in 0..<random.number(below: 3) { add(random.time(below: time), .publishPoison(number: number)) }
        for number in 0..<random.number(in: 0...scale.rotations) {
            add(random.time(below: time), .rotateKeys(number: number))
        }
        for _ in 0..<random.number(below: 3) {
            add(random.time(below: time), .revokeTokens(keepsServing: random.oneIn(4)))
        }
        steps += clockSteps(scale, &random)
        add(time, .rightClocks)
        // During the faults, or when all is done.
        for _ in 0..<random.number(in: 1...2) { add(time / 3 + random.time(below: time * 3 / 2), .seek) }
        return steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    private static func clockSteps(_ scale: Scale, _ random: inout SplitMix64) -> [Step] {
        var steps: [Step] = []
        if !scale.clockSteps.isEmpty {
            for instance in 0..<instances {
                for _ in 0..<random.number(below: 20) {
                    let reach = random.pick(scale.clockSteps)
                    let seconds = Int64(random.number(in: -reach...reach))
                    steps.append(
                        Step(
                            at: random.time(below: scale.faultTime),
                            event: .setClock(instance: instance, seconds: seconds)
                        )
                    )
                }
            }
        }
        for _ in 0..<random.number(below: 4) {
            let begin = random.time(below: scale.faultTime)
            // Google's clock behind ours, since one that is ahead decides nothing.
            let event = random.oneIn(3) ? Event.omitDate : .shiftDate(seconds: -Int64(random.number(in: 1...120)))
            steps.append(Step(at: begin, event: event))
            steps.append(Step(at: begin + random.time(below: scale.outage / 2), event: .shiftDate(seconds: 0)))
        }
        return steps
    }

    private static func activation(
        _ number: Int,
        of count: Int,
        _ scale: Scale,
        _ projects: Int,
        _ random: inout SplitMix64
    ) -> Activation {
        // Some users come again, and JIT Access replaces what they had.
        let user = random.oneIn(6) ? random.number(below: count) : number
        let roles = ["roles/compute.viewer", "roles/logging.viewer", "projects/tools/roles/customDebugger"]
        let kind = random.pick(
            [JITAccessMessageKind.selfApproved, .selfApproved, .approved, .approvedWithResourceCondition, .binding]
        )
        return Activation(
            number: number,
            user: "user-\(user)@example.com",
            // The messages of 2023 name one role.
            roles: Array(roles.prefix(kind != .binding && random.oneIn(4) ? 3 : 1)),
            project: random.number(below: projects),
            seconds: random.number(in: scale.activationSeconds),
            kind: kind
        )
    }
}
