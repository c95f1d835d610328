import Testing
import Timestamps

@testable import Cleanup

@Suite("When a waiting message is published again")
struct AgeingRuleTests {
    private static let published = Instant(seconds: 1_700_000_000)

    @Test(
        "the margin is two of the longest retry delays and an hour, or a seventh of a short retention",
        arguments: [(604_800, 4800), (2_678_400, 4800), (33_600, 4800), (33_599, 4799), (600, 85)] as [(Int64, Int64)]
    )
    func margin(retention: Int64, margin: Int64) {
        #expect(AgeingRule(retentionSeconds: retention, maximumAttempts: nil).marginSeconds == margin)
    }

    @Test func `not a second before the margin, and from then on`() {
        let rule = AgeingRule(retentionSeconds: 604_800, maximumAttempts: nil)
        for (age, reason) in [(599_999, nil), (600_000, .retention), (604_801, .retention)]
            as [(Int64, AgeingRule.Reason?)]
        {
            let now = Self.published.adding(seconds: age)
            #expect(rule.reason(publishTime: Self.published, deliveryAttempt: nil, now: now) == reason)
        }
    }

    @Test(
        "two deliveries before the last, if Pub/Sub counts them",
        arguments: [
            (5, 1, nil), (5, 2, nil), (5, 3, .deliveryAttempts), (5, 5, .deliveryAttempts), (100, 97, nil),
            (100, 98, .deliveryAttempts), (100, nil, nil), (nil, 1000, nil),
        ] as [(Int64?, Int64?, AgeingRule.Reason?)]
    )
    func attempts(maximum: Int64?, attempt: Int64?, reason: AgeingRule.Reason?) {
        let rule = AgeingRule(retentionSeconds: 604_800, maximumAttempts: maximum)
        #expect(rule.reason(publishTime: Self.published, deliveryAttempt: attempt, now: Self.published) == reason)
    }

    @Test func `an age that is not known is no reason`() {
        let rule = AgeingRule(retentionSeconds: 600, maximumAttempts: nil)
        #expect(rule.reason(publishTime: nil, deliveryAttempt: nil, now: Self.published) == nil)
    }

    @Test func `times at the end of the calendar do not overflow`() {
        let rule = AgeingRule(retentionSeconds: 600, maximumAttempts: nil)
        let last = Instant(seconds: .max)
        #expect(rule.reason(publishTime: last, deliveryAttempt: .max, now: Instant(seconds: .min)) == nil)
    }
}
