import Logging
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service

private let clock = ManualTime(Instant(seconds: 1_700_000_000, nanoseconds: 5_000_000)).source

/// What a hostile publisher would write into a field.
private let hostile = "a\"b\\c\nd\u{1B}[2Je\r\u{0}\u{7F}\u{9B}2J\u{2028}\u{E0001}ü"

@Suite("Log lines")
struct LogHandlerTests {
    @Test func `a field cannot end its line or forge another field`() throws {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.json.logger(level: .info, time: clock, output: lines.add)
        logger.warning(
            "Refused",
            metadata: ["event": "push.refused", "detail": "\(hostile)", "list": ["x", "\(hostile)"]]
        )
        #expect(lines.text.filter { $0 == "\n" }.count == 1)
        #expect(lines.text.hasSuffix("}\n"))
        #expect(!lines.text.dropLast().unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(!lines.text.unicodeScalars.contains("\u{2028}"))
        let root = try json(lines.text).root
        #expect(root["detail"]?.string == hostile)
        #expect(root["list"]?.elements?.last?.string == hostile)
        #expect(root["severity"]?.string == "WARNING")
        #expect(root["time"]?.string == "2023-11-14T22:13:20.005Z")
        #expect(root["message"]?.string == "Refused")
    }

    @Test func `a line for people has no control characters`() {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.text.logger(level: .info, time: clock, output: lines.add)
        logger.error("Refused", metadata: ["detail": "\(hostile)"])
        #expect(lines.text.filter { $0 == "\n" }.count == 1)
        #expect(
            !lines.text.dropLast().unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0x2028 }
        )
        #expect(lines.text.hasPrefix("2023-11-14T22:13:20.005Z ERROR    Refused  detail=\"a"))
    }

    @Test func `a line for people has its event first, and lists as they are read`() {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.text.logger(level: .info, time: clock, output: lines.add)
        logger.info(
            "Done",
            metadata: ["event": "a.b", "members": ["user:a@x", "user:b@x"], "etag": "BwU=", "none": ""]
        )
        let fields = #"event=a.b etag=BwU= members=user:a@x,user:b@x none="""#
        #expect(lines.text == "2023-11-14T22:13:20.005Z INFO     Done  \(fields)\n")
    }

    @Test(arguments: LogFormat.allCases)
    func `fields stand once, the line's own before the logger's, and by their names in a line for people`(
        format: LogFormat
    ) throws {
        let lines = Record<[UInt8]>()
        var logger = format.logger(level: .info, time: clock, output: lines.add)
        logger[metadataKey: "z"] = "the logger's"
        logger[metadataKey: "own"] = "too"
        logger.info("Done", metadata: ["event": "a.b", "z": .stringConvertible(1), "end": "soon", "a": "last"])
        switch format {
        case .json:
            // Duplicate names are refused here.
            let root = try json(lines.text).root
            #expect(["event", "a", "end", "own"].map { root[$0]?.string } == ["a.b", "last", "soon", "too"])
            #expect(root["z"]?.integer == 1)
        case .text: #expect(lines.text.hasSuffix("Done  event=a.b a=last end=soon own=too z=1\n"))
        }
    }

    @Test(
        arguments: zip(
            Logger.Level.allCases,
            ["DEBUG", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]
        )
    )
    func `every level has Cloud Logging's severity`(level: Logger.Level, severity: String) {
        #expect(CloudLogLine.severity(level) == severity)
    }

    @Test func `numbers and truth values stay what they are`() throws {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.json.logger(level: .info, time: clock, output: lines.add)
        logger.info("x", metadata: ["n": .stringConvertible(-5), "b": .stringConvertible(true), "t": "5"])
        for field in [#""b":true"#, #""n":-5"#, #""t":"5""#] { #expect(lines.text.contains(field)) }
    }

    @Test func `of a field that logger and line both have, the line's stands, once`() throws {
        let lines = Record<[UInt8]>()
        var logger = LogFormat.json.logger(level: .info, time: clock, output: lines.add)
        logger[metadataKey: "project"] = "logger"
        logger[metadataKey: "other"] = "logger"
        logger.info("x", metadata: ["project": "line", "event": "a.b"])
        let root = try json(lines.text).root
        #expect(root["project"]?.string == "line")
        #expect(root["other"]?.string == "logger")
        let labels = try #require(root["logging.googleapis.com/labels"])
        #expect(labels["event"]?.string == "a.b")
        #expect(labels["project"]?.string == "line")
    }

    @Test func `nothing is put together for a line that is not written`() {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.json.logger(level: .warning, time: clock, output: lines.add)
        let limiter = LogRateLimiter(logger: logger, time: clock)
        var built = 0
        func fields() -> Logger.Metadata {
            built += 1
            return [:]
        }
        let log = PushLog(logger, limiter: limiter) { nil }
        log.line(.info, .done, "x", fields())
        log.limitedLine(.notice, .refused, "x", reason: "r", fields())
        #expect(built == 0)
        #expect(lines.text.isEmpty)
        log.line(.warning, .failed, "x", fields())
        #expect(built == 1)
        #expect(lines.text.contains("activation.failed"))
    }

    @Test(arguments: [
        "x \u{301}event=binding.removed", "x\u{A0}event=binding.removed", "x\u{3000}event=binding.removed",
        "x y\"\u{301} event=binding.removed",
    ])
    func `nor with spaces or quotation marks that look a little different`(value: String) {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.text.logger(level: .info, time: clock, output: lines.add)
        logger.info("x", metadata: ["who": "\(value)"])
        let escaped = value.unicodeScalars.map { $0 == "\"" ? "\\\"" : String($0) }.joined()
        let end = Array("who=\"\(escaped)\"\n".utf8)
        #expect(Array(lines.text.utf8.suffix(end.count)) == end)
    }

    @Test func `a value cannot pass for further fields in a line for people`() {
        let lines = Record<[UInt8]>()
        let logger = LogFormat.text.logger(level: .info, time: clock, output: lines.add)
        logger.info("x", metadata: ["who": "a event=binding.removed \"b"])
        #expect(lines.text.hasSuffix(#"who="a event=binding.removed \"b""# + "\n"))
    }
}
