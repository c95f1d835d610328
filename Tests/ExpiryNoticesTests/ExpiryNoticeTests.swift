import ExpiryNotices
import Testing
import Timestamps

@Suite struct ExpiryNoticeTests {
    private func notice(ends: [Int64], publishTime: Int64? = nil) -> ExpiryNotice {
        ExpiryNotice(
            resource: "projects/\("project-1")",
            ends: ends.map { Instant(seconds: $0) },
            grants: [],
            source: .released,
            messageID: "",
            publishTime: publishTime.map { Instant(seconds: $0) }
        )
    }

    @Test func `the ends are in order, however they were given, and the last is the last`() {
        #expect(notice(ends: [30, 10, 20]).ends.map(\.seconds) == [10, 20, 30])
        #expect(notice(ends: [30, 10, 20]).lastEnd == Instant(seconds: 30))
        #expect(notice(ends: [5]).lastEnd == Instant(seconds: 5))
    }

    @Test func `a notice is young for ten minutes from its publishing, whenever it ends`() {
        #expect(notice(ends: [10, 5000], publishTime: 1000).youngUntil == Instant(seconds: 1600))
        #expect(notice(ends: [10], publishTime: 1000).youngUntil == Instant(seconds: 1600))
        #expect(notice(ends: [10], publishTime: .max).youngUntil.seconds == .max)
    }

    @Test func `without a publish time a notice is young until ten minutes after its last end`() {
        #expect(notice(ends: [5000, 10]).youngUntil == Instant(seconds: 5600))
    }

    @Test func `a notice knows all that was granted unless it says otherwise`() {
        #expect(notice(ends: [1]).hasAllGrants)
    }
}
