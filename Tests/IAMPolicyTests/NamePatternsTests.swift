import Testing

@testable import IAMPolicy

@Suite("Titles and project IDs by name or beginning")
struct NamePatternsTests {
    @Test(arguments: [
        [], [""], ["!"], ["!a"], ["!a*", "!b"], ["a", ""], ["*-a"], ["a*b"], ["**"], ["!*b", "a"], ["*", "!*"],
    ])
    func `what could not be meant is refused`(_ patterns: [String]) { #expect(NamePatterns(patterns) == nil) }

    @Test(arguments: [
        (["temp"], "temp", true), (["temp"], "Temp", false), (["temp"], "temp ", false), (["temp"], "tem", false),
        (["temp*"], "temp", true), (["temp*"], "temporary", true), (["temp*"], "tem", false),
        (["*"], "anything", true), (["*"], "", true), (["*", "!x"], "x", false), (["!x", "*"], "x", false),
        (["*", "!x*"], "xy", false), (["*", "!x"], "xy", true), (["a", "!a"], "a", false),
        // The same letter, composed and decomposed: other bytes, another title.
        (["\u{E9}"], "e\u{301}", false), (["e*"], "e\u{301}", true), (["*", "!\u{E9}"], "e\u{301}", true),
    ])
    func `a name is compared byte for byte, and an exclusion always wins`(
        _ patterns: [String],
        _ name: String,
        _ isMeant: Bool
    ) throws {
        #expect(try #require(NamePatterns(patterns)).contain(name) == isMeant)
    }

    @Test func `a missing name is meant only with every name`() throws {
        #expect(NamePatterns.any.contain(nil))
        #expect(try #require(NamePatterns(["*", "!x"])).contain(nil))
        #expect(try !#require(NamePatterns(["a*", "b"])).contain(nil))
    }
}
