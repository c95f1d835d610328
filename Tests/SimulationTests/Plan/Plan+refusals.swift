import LocalCloud
import TestSupport

extension Plan {
    /// What the service's account may not do with a project for a while.
    struct Refusal: Sendable {
        enum Kind: Sendable {
            /// It lacks a permission on the whole project.
            case denied(PolicyPermission)
            /// It may not change who has these roles.
            case limited(Set<String>)
        }

        let project: Int
        let kind: Kind
    }

    /// Permissions that are missing for a while, and limits that may stay to the end; of each at most one for a project.
    static func refusalSteps(
        _ scale: Scale,
        _ projects: Int,
        givesUp: Bool,
        _ random: inout SplitMix64
    ) -> [Step] {
        var steps: [Step] = []
        let denied = scale.denials.isEmpty ? 0 : random.number(in: givesUp ? 1...2 : 0...1)
        for project in some(denied, of: projects, &random) {
            let permission = random.pick([PolicyPermission.getIamPolicy, .setIamPolicy])
            let begin = random.time(below: scale.faultTime)
            let length = random.time(below: random.pick(scale.denials))
            let refusal = Refusal(project: project, kind: .denied(permission))
            steps.append(Step(at: begin, event: .refuse(refusal)))
            // What is done with comes again while it is denied.
            steps.append(Step(at: begin + random.time(below: length), event: .seek))
            steps += end(of: refusal, at: begin + length, &random)
        }
        for project in some(random.number(in: 0...3), of: projects, &random) {
            let first = random.number(below: roles.count)
            let refused = (0..<random.number(in: 1...2)).map { roles[(first + $0) % roles.count] }
            let begin = random.time(below: scale.faultTime / 2)
            let refusal = Refusal(project: project, kind: .limited(Set(refused)))
            steps.append(Step(at: begin, event: .refuse(refusal)))
            if scale.liftsLimits, random.oneIn(2) {
                steps += end(of: refusal, at: begin + random.time(below: scale.faultTime * 2), &random)
            }
        }
        return steps
    }

    /// So many different projects, if there are.
    private static func some(_ count: Int, of projects: Int, _ random: inout SplitMix64) -> [Int] {
        var all = Array(0..<projects)
        return (0..<min(count, projects)).map { _ in all.remove(at: random.number(below: all.count)) }
    }

    /// It is allowed again, and what was given up comes again: at once, and when what was under way is over.
    private static func end(of refusal: Refusal, at time: Duration, _ random: inout SplitMix64) -> [Step] {
        [
            Step(at: time, event: .allow(refusal)),
            Step(at: time + random.time(below: .seconds(50)), event: .seek),
            Step(at: time + .seconds(120), event: .seek),
        ]
    }
}
