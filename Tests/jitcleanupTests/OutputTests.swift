import LosslessJSON
import Synchronization
import TestSupport
import Testing

@testable import jitcleanup

@Suite("What commands write")
struct OutputTests {
    @Test(arguments: [
        ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("  =1", "\"'  =1\""), ("\t=1", #"\u{9}=1"#), ("a\r\nb", #"a\u{d}\u{a}b"#), ("a,b", "\"a,b\""),
        ("say \"x\"", "\"say \"\"x\"\"\""), ("user:a@example.com", "user:a@example.com"), ("", ""),
        ("a\u{202E}b", #"a\u{202e}b"#),
    ])
    func `text that a spreadsheet would run is text, and text that ends a field is inside it`(
        text: String,
        written: String
    ) {
        #expect(CSVText.field(text) == written)
    }

    @Test func `records end with CR and LF`() {
        #expect(CSVText.text([["a", "b"], ["1", "2,3"]]) == "a,b\r\n1,\"2,3\"\r\n")
    }

    @Test func `a table is aligned, and nothing in it can begin a line`() {
        let table = TextTable(heading: ["A", "LONGER", "C"], rows: [["wide cell", "", "x"], ["b", "c\nd", ""]])
        #expect(
            table.text == """
                A          LONGER   C
                wide cell  -        x
                b          c\\u{a}d  -

                """
        )
    }

    @Test func `JSON is indented, escaped and in order`() {
        let value: JSONText = ["b": ["x\"\u{1}"], "a": .null, "n": .integer(-1), "e": []]
        #expect(
            value.indentedText == """
                {
                  "b": [
                    "x\\"\\u0001"
                  ],
                  "a": null,
                  "n": -1,
                  "e": []
                }

                """
        )
    }

    @Test(arguments: [(0, "0 projects"), (1, "1 project"), (2, "2 projects")])
    func `numbers and nouns agree`(number: Int, text: String) {
        #expect(counted(number, "project") == text)
    }

    @Test func `work is done for each item, so much at a time, until it is told to stop`() async {
        let counts = Mutex((begun: 0, inside: 0, most: 0))
        let results = await inParallel(
            Array(1...20),
            atMost: 3,
            unless: { counts.withLock { $0.begun } >= 7 }
        ) { number in
            counts.withLock { $0 = ($0.begun + 1, $0.inside + 1, max($0.most, $0.inside + 1)) }
            await Task.yield()
            counts.withLock { $0.inside -= 1 }
            return number * 2
        }
        let (begun, _, most) = counts.withLock { $0 }
        #expect(most <= 3)
        // Whoever was asked in time was begun; the others were not.
        #expect(results.compactMap { $0 }.count == begun)
        #expect(results.prefix(7).compactMap { $0 } == [2, 4, 6, 8, 10, 12, 14])
        #expect(results.suffix(10).allSatisfy { $0 == nil })
    }

    @Test func `where there is no terminal only whole lines are written`() {
        let log = Record<[UInt8]>()
        let progress = ProgressLine(isShown: false, output: log.add)
        progress.begin("Sweeping", of: 3)
        progress.advance(removed: 1, isFailure: false)
        progress.note("a\u{1B}note")
        progress.clear()
        #expect(log.text == "a\\u{1b}note\n")
    }

    @Test func `on a terminal the line is taken away before anything else is written, and fits`() {
        let log = Record<[UInt8]>()
        let progress = ProgressLine(isShown: true, output: log.add)
        progress.begin("Sweeping", of: 4)
        progress.advance(removed: 12, isFailure: true)
        progress.note("note")
        progress.clear()
        let parts = log.text.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
        #expect(
            parts == [
                "Sweeping [........................] 0/4, 0 bindings",
                "Sweeping [######..................] 1/4, 12 bindings, 1 failed",
                "note\nSweeping [######..................] 1/4, 12 bindings, 1 failed", "",
            ]
        )
        progress.begin("Sweeping", of: 100_000)
        for _ in 0..<3 { progress.advance(removed: 1_000_000_000_000, isFailure: true) }
        let lines = log.text.replacing("\r\u{1B}[K", with: "\n").split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 80 })
    }
}
