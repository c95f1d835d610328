import Testing

@Suite("The reading of Logging queries")
struct LogQueryTests {
    private static let line =
        #"{"severity":"WARNING","event":"a.b","n":5,"reason":"x","labels":{"l":"in the payload"}}"#

    @Test(arguments: [
        "", "jsonPayload.event", #""some text""#, #"jsonPayload.event=~"a""#, #"jsonPayload.event!="a""#, "(",
        #"jsonPayload.event=("a" OR)"#, #"jsonPayload.event="a" OR"#, #"severity>=WARNING)"#, "-severity=INFO",
    ])
    func `what it does not know is an error, not a match`(query: String) {
        #expect(throws: LogQuery.Unsupported.self) { try LogQuery(query) }
    }

    @Test(arguments: [
        (#"jsonPayload.event="a.b""#, true), (#"jsonPayload.event="A.B""#, true),
        (#"jsonPayload.event="a""#, false),
        (#"jsonPayload.event:"a""#, true), (#"jsonPayload.none="a""#, false), ("jsonPayload.n=5", true),
        ("jsonPayload.n>5", false), ("jsonPayload.n>=5.0", true), ("severity>=WARNING", true),
        ("severity>=ERROR", false), ("jsonPayload.severity=WARNING", false),
        (#"jsonPayload.event=("x" OR "a.b")"#, true), (#"jsonPayload.event=("x" OR "y")"#, false),
        (#"NOT jsonPayload.event="a.b""#, false), (#"NOT jsonPayload.none="a""#, true),
        (#"resource.type="cloud_run_revision" severity=WARNING"#, true), (#"labels.l="in the payload""#, false),
        // OR binds closer than AND.
        (#"severity=WARNING OR severity=ERROR AND jsonPayload.event="x""#, false),
        (#"(severity=WARNING) OR (severity=ERROR AND jsonPayload.event="x")"#, true),
    ])
    func `an entry that it means matches, and no other`(query: String, isMatch: Bool) throws {
        #expect(try LogQuery(query).matches(LogEntry(Array(Self.line.utf8))) == isMatch)
    }
}
