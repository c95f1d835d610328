import IAMPolicy
import Testing

@Suite struct MemberTests {
    private static let alice = Member("user:alice@example.com")

    /// Whether both are the same, asked both ways round.
    private func areSame(_ left: Member, _ right: Member) -> Bool {
        #expect(left.isSame(as: right) == right.isSame(as: left))
        return left.isSame(as: right)
    }

    @Test(arguments: [
        "alice@example.com", "user: alice@example.com", "user:alice@example.co", "user:alice@example.comm",
        "user:xalice@example.com", "user:", "", "user", "serviceAccount:alice@example.com", "group:alice@example.com",
        "domain:alice@example.com", "user:alice@example.com?uid=1", "deleted:alice@example.com", "deleted:",
        "deleted:group:alice@example.com?uid=1", "deleted:serviceAccount:alice@example.com?uid=1",
        "deleted:user:bob@example.com?uid=1", "deleted:user:alice@example.com?x=1", "deleted:user:alice@example.com?",
        "user:\u{430}lice@example.com", "user:alice@example.com ", "user:alice@ex\u{AD}ample.com",
        "principal://iam.googleapis.com/x/subject/alice@example.com", "deleted:deleted:user:alice@example.com?uid=1",
        "user:user:alice@example.com", "deleteduser:alice@example.com",
    ])
    func `another principal is not the same`(_ member: String) {
        #expect(!areSame(Member(member), Self.alice))
        #expect(areSame(Member(member), Member(member)))
    }

    @Test(arguments: [
        "user:alice@example.com", "user:Alice@Example.COM", "user:ALICE@EXAMPLE.COM",
        "deleted:user:alice@example.com?uid=123", "deleted:user:Alice@example.com?uid=123456789012345678901",
        "deleted:user:alice@example.com",
    ])
    func `a principal is recognised in any case, deleted or not`(_ member: String) {
        #expect(areSame(Member(member), Self.alice))
        #expect(areSame(Member(member), Member("user:ALICE@example.com")))
        #expect(areSame(Member(member), Member("deleted:user:alice@example.com?uid=7")))
        #expect(Member(member).text == member)
    }

    @Test func `groups and service accounts are recognised as users are`() {
        #expect(areSame(Member("group:G@example.com"), Member("deleted:group:g@example.com?uid=1")))
        #expect(areSame(Member("serviceAccount:s@p"), Member("deleted:serviceAccount:s@p?uid=1")))
        #expect(!areSame(Member("group:g@example.com"), Member("serviceAccount:g@example.com")))
        #expect(areSame(Member("allUsers"), Member("allUsers")))
        #expect(!areSame(Member("allUsers"), Member("allAuthenticatedUsers")))
    }

    @Test func `case is folded in ASCII alone, and text is compared by its bytes`() {
        #expect(!areSame(Member("user:\u{C9}va@example.com"), Member("user:\u{E9}va@example.com")))
        #expect(!areSame(Member("user:e\u{301}va@example.com"), Member("user:\u{E9}va@example.com")))
        #expect(areSame(Member("user:\u{E9}va@example.com"), Member("user:\u{E9}VA@example.com")))
        #expect(!areSame(Member("user:a[b@example.com"), Member("user:a{b@example.com")))
        #expect(!areSame(Member("user:a@b@example.com"), Member("user:a`b@example.com")))
        #expect(!areSame(Member("user:\u{212A}@example.com"), Member("user:k@example.com")), "the Kelvin sign is no k")
    }

    @Test func `an address may hold a question mark`() {
        #expect(areSame(Member("deleted:user:a?b@example.com?uid=1"), Member("user:a?b@example.com")))
        #expect(areSame(Member("deleted:user:a?uid=b@example.com?uid=1"), Member("user:a?uid=b@example.com")))
        #expect(!areSame(Member("deleted:user:a?uid=b@example.com?uid=1"), Member("user:a")))
        #expect(!areSame(Member("user:a?b@example.com"), Member("user:a")))
    }
}
