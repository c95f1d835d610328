import LocalCloud
import TestSupport

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
        /// All tasks are deleted.
        case purge
        /// The service may do something with a project no more, or again.
        case refuse(Refusal)
        case allow(Refusal)
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

    static func steps(
        _ scale: Scale,
        _ projects: Int,
        givesUp: Bool,
        usesQueue: Bool,
        _ random: inout SplitMix64
    ) -> [Step] {
        var steps = activationSteps(scale, projects, &random)
        func add(_ at: Duration, _ event: Event) { steps.append(Step(at: at, event: event)) }
        let time = scale.faultTime
        let count = steps.count
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
        steps += refusalSteps(scale, projects, givesUp: givesUp, &random)
        // Whoever is hours ahead gives up hours too early.
        steps += clockSteps(scale, reach: givesUp ? Scale.smallClockStep : .max, &random)
        add(time, .rightClocks)
        // A purge loses what waits, and a seek brings it back.
        for _ in 0..<(usesQueue ? random.number(below: 3) : 0) {
            let at = random.time(below: time)
            add(at, .purge)
            add(at + random.time(below: scale.outage), .seek)
        }
        // During the faults, or when all is done.
        for _ in 0..<random.number(in: 1...2) { add(time / 3 + random.time(below: time * 3 / 2), .seek) }
        return steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    private static func clockSteps(_ scale: Scale, reach: Int, _ random: inout SplitMix64) -> [Step] {
        var steps: [Step] = []
        let reaches = scale.clockSteps.filter { $0 <= reach }
        if !reaches.isEmpty {
            for instance in 0..<instances {
                for _ in 0..<random.number(below: 20) {
                    let reach = random.pick(reaches)
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
}
