import IAMPolicy
import Testing
import Timestamps

@Suite struct ConditionVectorTests {
    @Test func `the vector file is read whole`() {
        #expect(ConditionVector.all.count == 75)
        #expect(ConditionVector.now == Sample.now)
    }

    @Test(arguments: ConditionVector.named("must_keep"), [0, 60, 300] as [Int64])
    func `what may still grant is kept`(_ vector: ConditionVector, grace: Int64) {
        #expect(!Sample.isDead(vector.expression, at: Sample.now.adding(seconds: -grace)))
    }

    @Test(arguments: ConditionVector.named("must_keep"))
    func `what may still grant is kept under JIT Access's title too`(_ vector: ConditionVector) throws {
        let policy = try Sample.policy([Sample.binding(if: vector.expression)])
        #expect(policy.edit(now: Sample.now, graceSeconds: 0).setIamPolicyBody() == nil)
    }

    @Test(arguments: ConditionVector.named("must_keep"))
    func `what may still grant has not ended`(_ vector: ConditionVector) {
        switch Sample.end(vector.expression) {
        case .never: Issue.record("\(vector.id) never granted anything")
        case .at(_, let death): #expect(death > Sample.now)
        case .unknown: break
        }
    }

    @Test(arguments: ConditionVector.named("must_remove"))
    func `what tools write and has run out ended in the past`(_ vector: ConditionVector) {
        guard case .at(let literal, let death) = Sample.end(vector.expression) else {
            Issue.record("\(vector.id) has no end")
            return
        }
        #expect(literal <= death)
        #expect(death <= Sample.now)
    }

    @Test(arguments: ConditionVector.named("must_remove"), [0, 60, 300] as [Int64])
    func `what tools write and has run out is removed`(_ vector: ConditionVector, grace: Int64) throws {
        #expect(Sample.isDead(vector.expression, at: Sample.now.adding(seconds: -grace)))
        let policy = try Sample.policy([Sample.binding(if: vector.expression)])
        let edit = policy.edit(now: Sample.now, graceSeconds: grace)
        #expect(edit.expired.count == 1)
        #expect(edit.writtenPolicy() == Sample.policyText([]))
    }

    @Test(arguments: ConditionVector.named("either"))
    func `what is dead or odd is decided without a crash`(_ vector: ConditionVector) {
        // Both verdicts are sound; the same expression must get the same one every time, and never come alive later.
        let first = Sample.isDead(vector.expression)
        let later = Sample.isDead(vector.expression, at: Sample.now.adding(seconds: 3600))
        #expect(first == Sample.isDead(vector.expression))
        #expect(!first || later)
    }
}
