import Testing
import Timestamps

@testable import Cleanup

@Suite("When a waiting message is published again")
struct RepublishRuleTests {
    private static let published = Instant(seconds: 1_700_000_000)

    @Test func `an age that is not known is no reason`() {
        let rule = RepublishRule(retentionSeconds: 7200)
        #expect(!rule.isAboutToDrop(publishTime: nil, now: Self.published))
    }

    @Test(
        arguments: [
            (2_678_400, 4800), (604_800, 4800), (33_600, 4800), (33_599, 4799), (8400, 1200), (8399, 1200),
            (7200, 1200),
        ] as [(Int64, Int64)]
    )
    func `the margin is a seventh of the retention, and leaves room for two of the longest retry delays`(
        retention: Int64,
        margin: Int64
    ) {
        #expect(RepublishRule(retentionSeconds: retention).marginSeconds == margin)
    }

    @Test func `not a second before the margin, and from then on`() {
        let rule = RepublishRule(retentionSeconds: 604_800)
        for (age, isDue) in [(599_999, false), (600_000, true), (604_801, true)] as [(Int64, Bool)] {
            let now = Self.published.adding(seconds: age)
            #expect(rule.isAboutToDrop(publishTime: Self.published, now: now) == isDue)
        }
    }

    @Test func `times at the end of the calendar do not overflow`() {
        let rule = RepublishRule(retentionSeconds: 7200)
        #expect(!rule.isAboutToDrop(publishTime: Instant(seconds: .max), now: .distantPast))
    }
}
