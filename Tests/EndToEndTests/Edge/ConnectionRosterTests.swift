import NIOEmbedded
import Testing

@testable import Webhook

@Suite("Who goes when there are too many connections")
struct ConnectionRosterTests {
    private typealias Member = ConnectionRoster.Member

    /// Accepts a connection, and has its event loop look at it.
    private func accepted(_ standing: Member.Standing, _ roster: ConnectionRoster) -> Member {
        let member = Member(EmbeddedChannel())
        member.set(standing)
        roster.connectionOpened()
        roster.add(member)
        return member
    }

    @Test func `nobody while there is room`() {
        let roster = ConnectionRoster(capacity: 2)
        let member = accepted(.idle, roster)
        #expect(roster.makeRoom())
        #expect(!member.isClosing)
    }

    @Test func `nobody who is at work, and then there is no room`() {
        let roster = ConnectionRoster(capacity: 2)
        let members = [accepted(.busy, roster), accepted(.busy, roster)]
        #expect(!roster.makeRoom())
        #expect(members.allSatisfy { !$0.isClosing })
    }

    @Test func `who is leaving before strangers, and strangers before those that have been answered`() {
        let roster = ConnectionRoster(capacity: 4)
        let idle = accepted(.idle, roster)
        let strangers = [accepted(.stranger, roster), accepted(.stranger, roster)]
        let leaving = accepted(.leaving, roster)
        #expect(roster.makeRoom())
        #expect(leaving.isClosing && !strangers[0].isClosing && !idle.isClosing)
        roster.connectionOpened()
        #expect(roster.makeRoom())
        #expect(strangers[0].isClosing && !strangers[1].isClosing && !idle.isClosing)
    }

    @Test func `nobody who has been answered, while others have been accepted but not looked at yet`() {
        let roster = ConnectionRoster(capacity: 4)
        let idle = accepted(.idle, roster)
        let stranger = accepted(.stranger, roster)
        roster.connectionOpened()
        roster.connectionOpened()
        #expect(!roster.makeRoom())
        #expect(!idle.isClosing && !stranger.isClosing)
        // Now they are, and the older stranger goes.
        for _ in 0..<2 { roster.add(Member(EmbeddedChannel())) }
        #expect(stranger.isClosing && !idle.isClosing)
    }

    @Test func `somebody else, if the one that was to go has got work`() {
        let roster = ConnectionRoster(capacity: 3)
        let members = [accepted(.idle, roster), accepted(.idle, roster), accepted(.idle, roster)]
        #expect(roster.makeRoom())
        #expect(members.map(\.isClosing) == [true, false, false])
        members[0].set(.busy)
        roster.keep(members[0])
        #expect(members.map(\.isClosing) == [false, true, false])
    }

    @Test func `so many that they do not add up while those that were to go stay`() {
        let roster = ConnectionRoster(capacity: 1)
        var count = 0
        repeat {
            let member = accepted(.idle, roster)
            count += 1
            guard roster.makeRoom() else { break }
            member.set(.busy)
            roster.keep(member)
        } while count < 1000
        #expect(count < 100)
    }

    @Test func `the one that was answered longest ago, when all have been`() {
        let roster = ConnectionRoster(capacity: 3)
        let members = [accepted(.idle, roster), accepted(.idle, roster), accepted(.idle, roster)]
        members[0].set(.idle)
        #expect(roster.makeRoom())
        #expect(members.map(\.isClosing) == [false, true, false])
    }
}
