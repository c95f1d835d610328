import IAMPolicy
import Testing

@Suite struct MemberTests {
    @Test(arguments: [
        "alice@example.com", "User:alice@example.com", "USER:alice@example.com", "user: alice@example.com",
        "user:alice@example.co",
        "user:alice@example.comm", "user:xalice@example.com", "user:", "", "user", "serviceAccount:alice@example.com",
        "group:alice@example.com", "domain:alice@example.com", "user:alice@example.com?uid=1",
        "deleted:alice@example.com",
        "deleted:group:alice@example.com?uid=1", "deleted:serviceAccount:alice@example.com?uid=1",
        "DELETED:user:alice@example.com?uid=1",
        "deleted:user:bob@example.com?uid=1", "deleted:user:alice@example.com?x=1", "user:\u{430}lice@example.com",
        "user:alice@example.com ", "user:alice@ex\u{AD}ample.com",
        "principal://iam.googleapis.com/x/subject/alice@example.com",
        "deleted:deleted:user:alice@example.com?uid=1", "user:user:alice@example.com",
    ])
    func `another principal is not the user`(_ member: String) {
        #expect(!Member(member).isUser("alice@example.com"))
    }

    @Test(arguments: [
        "user:alice@example.com", "user:Alice@Example.COM", "user:ALICE@EXAMPLE.COM",
        "deleted:user:alice@example.com?uid=123",
        "deleted:user:Alice@example.com?uid=123456789012345678901", "deleted:user:alice@example.com",
    ])
    func `the user is recognised in any case, deleted or not`(_ member: String) {
        #expect(Member(member).isUser("alice@example.com"))
        #expect(Member(member).isUser("ALICE@example.com"))
        #expect(Member(member).text == member)
    }

    @Test func `case is folded in ASCII alone, and text is compared by its bytes`() {
        #expect(!Member("user:\u{C9}va@example.com").isUser("\u{E9}va@example.com"))
        #expect(!Member("user:e\u{301}va@example.com").isUser("\u{E9}va@example.com"))
        #expect(Member("user:\u{E9}va@example.com").isUser("\u{E9}VA@example.com"))
        #expect(!Member("user:a[b@example.com").isUser("a{b@example.com"))
        #expect(!Member("user:a@b@example.com").isUser("a`b@example.com"))
        #expect(!Member("user:\u{212A}@example.com").isUser("k@example.com"), "the Kelvin sign is no k")
    }

    @Test func `an address may hold a question mark`() {
        #expect(Member("deleted:user:a?b@example.com?uid=1").isUser("a?b@example.com"))
        #expect(Member("deleted:user:a?uid=b@example.com?uid=1").isUser("a?uid=b@example.com"))
    }
}
