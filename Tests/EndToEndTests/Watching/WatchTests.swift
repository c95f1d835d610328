import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// `message.republished` where the clean-up failed, and not where the activation has not ended.
private let republishedAfterFailure = "message.republished with a failure"

/// The metrics of `deploy/monitoring/metrics`, and which events each is to match.
private let metricEvents: [String: Set<String>] = [
    "jitcleanup_removed": ["binding.removed"],
    "jitcleanup_would_remove": ["binding.would-remove"],
    "jitcleanup_seconds_after_end": ["binding.removed"],
    "jitcleanup_done": ["activation.done"],
    "jitcleanup_waiting": [
        "activation.waiting", "notice.queued", "activation.clock-ahead", "activation.young", "message.republished",
    ],
    "jitcleanup_failed": [
        "activation.failed", "policy.roles-refused", "message.quarantine-failed", "message.republish-failed",
        "message.not-republished", republishedAfterFailure, "announcement.failed", "push.no-place",
        "push.no-room", "service.failed", "notice.not-queued", "notice.not-published",
    ],
    "jitcleanup_set_aside": ["message.quarantined", "message.dropped"],
    "jitcleanup_refused": ["push.refused"],
    "jitcleanup_misdirected": [
        "push.foreign-subscription", "push.not-an-envelope", "push.wrong-path", "push.body-refused",
    ],
    "jitcleanup_added_dead": ["grant.added-dead"],
    "jitcleanup_suppressed": ["log.suppressed"],
    "jitcleanup_iam_reads": ["policy.transaction"],
    "jitcleanup_iam_writes": ["policy.transaction"],
    "jitcleanup_keys_failed": ["keys.fetch-failed"],
    "jitcleanup_keys_unavailable": ["push.keys-unavailable"],
]

/// The metrics that count the scheduled sweep's lines, too.
private let sweepMetrics: Set<String> = ["jitcleanup_removed", "jitcleanup_would_remove"]

@Suite("Watching", .timeLimit(.minutes(3)))
struct WatchTests {
    private func entries() async throws -> [LogEntry] { try await Decisions.shared.value.lines.map(LogEntry.init) }

    private func metric(_ name: String) throws -> JSONValue {
        try Repository.json("deploy/monitoring/metrics/\(name).json")
    }

    @Test func `neither tokens nor policies nor justifications stand in any line`() async throws {
        let (lines, secrets) = try await Decisions.shared.value
        #expect(secrets.count == 6)
        let log = String(decoding: lines.joined(), as: UTF8.self)
        for secret in secrets {
            for part in secret.split(separator: ".") where part.utf8.count > 3 {
                #expect(!log.contains(part), "\(part)")
            }
        }
        // Nor any other token.
        #expect(!log.contains(/eyJ[A-Za-z0-9_-]+\.eyJ/))
    }

    @Test func `who pushed is only named where that is refused`() async throws {
        let identity = "pusher@jit-cleanup-demo.iam.gserviceaccount.com"
        let naming = try await Decisions.shared.value.lines.filter {
            String(decoding: $0, as: UTF8.self).contains(identity)
        }
        #expect(try Set(naming.map { try LogEntry($0).event }) == ["push.refused"])
    }

    @Test func `each line is one JSON object with severity, time, message, event and labels`() async throws {
        for entry in try await entries() {
            let names = (entry.line.members ?? []).compactMap { $0.name.string }
            #expect(Array(names.prefix(4)) == ["severity", "time", "message", "event"])
            #expect(names.count == Set(names).count)
            #expect(entry.line["time"]?.string.flatMap { Instant($0, spelling: .strict) } != nil)
            #expect(entry.text(["labels", "app"]) == "jitcleanup")
            #expect(entry.text(["labels", "event"]) == entry.event)
            #expect(entry.text(["labels", "project"]) == entry.line["project"]?.string)
        }
    }

    @Test func `a line of a request belongs to its trace`() async throws {
        let traced = try await entries().compactMap { $0.line["logging.googleapis.com/trace"]?.string }
        #expect(traced.count == 3)
        #expect(Set(traced) == ["projects/own-project/traces/0af7651916cd43dd8448eb211c80319c"])
    }

    @Test func `the files are those that the table has`() throws {
        let names = try Repository.files(in: "deploy/monitoring/metrics", ending: ".json")
        #expect(names == metricEvents.keys.sorted().map { "deploy/monitoring/metrics/\($0).json" })
    }

    @Test(arguments: metricEvents.keys.sorted())
    func `a metric's filter matches its lines and no other`(name: String) async throws {
        let query = try LogQuery(try #require(try metric(name)["filter"]?.string))
        let entries = try await entries()
        let wanted = try #require(metricEvents[name])
        func kind(_ entry: LogEntry) -> String {
            entry.event == "message.republished" && entry.line["failure"] != nil ? republishedAfterFailure : entry.event
        }
        for event in wanted { #expect(entries.contains { kind($0) == event }, "no line of \(event)") }
        for entry in entries {
            let text = String(decoding: entry.line.rawBytes, as: UTF8.self)
            #expect(query.matches(entry) == wanted.contains(kind(entry)), "\(text)")
            var ofSweep = entry
            ofSweep.isOfSweep = true
            let isCounted = wanted.contains(kind(entry)) && sweepMetrics.contains(name)
            #expect(query.matches(ofSweep) == isCounted, "\(text)")
        }
    }

    @Test(arguments: metricEvents.keys.sorted())
    func `a metric finds its number and its labels in the lines`(name: String) async throws {
        let metric = try metric(name)
        let query = try LogQuery(try #require(metric["filter"]?.string))
        let matched = try await entries().filter(query.matches)
        func path(_ extractor: String) throws -> [String] {
            let match = try #require(extractor.wholeMatch(of: /EXTRACT\(([A-Za-z_.]+)\)/))
            return match.output.1.split(separator: ".").map(String.init)
        }
        let isDistribution = metric["metricDescriptor"]?["valueType"]?.string == "DISTRIBUTION"
        #expect((metric["valueExtractor"] != nil) == isDistribution)
        #expect((metric["bucketOptions"] != nil) == isDistribution)
        if let extractor = metric["valueExtractor"]?.string {
            let value = try path(extractor)
            for entry in matched { #expect(entry.line[value[1]]?.integer != nil) }
        }
        let labels = (metric["metricDescriptor"]?["labels"]?.elements ?? []).compactMap { $0["key"]?.string }
        let extractors = (metric["labelExtractors"]?.members ?? []).compactMap { $0.name.string }
        #expect(labels == extractors)
        for label in labels {
            let value = try path(try #require(metric["labelExtractors"]?[label]?.string))
            #expect(matched.contains { $0.text(value) != nil }, "\(label)")
        }
    }

    @Test func `the numbers are right`() async throws {
        let entries = try await entries()
        let suppressed = entries.filter { $0.event == "log.suppressed" }
        #expect(suppressed.count == 1)
        #expect(suppressed.first?.text(["jsonPayload", "suppressed_event"]) == "push.refused")
        #expect(suppressed.first?.text(["jsonPayload", "reason"]) == "credentials-missing")
        #expect(suppressed.first?.text(["jsonPayload", "suppressed"]) == "5")
        let removed = entries.filter { $0.event == "binding.removed" }
        #expect(removed.count == 5)
        for entry in removed {
            let seconds = try #require(entry.line["seconds_after_end"]?.integer)
            #expect((3600...3900).contains(seconds))
        }
        // A push that was interrupted has no answer, and whether it called by then is chance.
        let rounds = entries.filter { $0.event == "policy.transaction" && $0.line["activation_count"]?.integer != 0 }
        let calls = rounds.map { [$0.line["iam_reads"]?.integer, $0.line["iam_writes"]?.integer] }
        // Cleaned; denied; young; a refused role; two audit entries, the second remembered; the same with a topic; dry run;
        // two with topics, each with one denied; the clock.
        #expect(
            calls == [
                [1, 1], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1], [1, 0], [1, 1], [1, 0], [1, 1], [1, 0], [1, 0],
            ]
        )
    }
}
