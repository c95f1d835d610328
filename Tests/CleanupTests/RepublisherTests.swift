import GoogleCloud
import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import Cleanup

@Suite("Publishing a waiting message again")
struct RepublisherTests {
    private static let start = Instant(seconds: 1_700_000_000)
    private let topic = TopicPath("projects/my-project/topics/jit-access")

    private func republisher(
        _ transport: TestTransport,
        topic: TopicPath?,
        isDryRun: Bool = false,
        timeout: Duration = .seconds(50),
        clock: ManualTime = ManualTime(start.adding(seconds: 604_000))
    ) -> Republisher {
        Republisher(
            topic: topic,
            publisher: transport.publisher,
            rule: RepublishRule(retentionSeconds: 604_800),
            isDryRun: isDryRun,
            timeout: timeout,
            time: clock.source
        )
    }

    private func republish(
        _ republisher: Republisher,
        attributes: [String: String] = [:]
    ) async -> Republisher.Result {
        await republisher.republish(
            data: Array("data".utf8),
            attributes: attributes,
            publishTime: Self.start
        )
    }

    @Test func `without a topic it says what is about to happen`() async {
        let transport = publishing(200)
        #expect(await republish(republisher(transport, topic: nil)) == .impossible(.noTopic))
        #expect(transport.requests.isEmpty)
    }

    @Test func `nothing is published on a dry run`() async {
        let transport = publishing(200)
        let result = await republish(republisher(transport, topic: topic, isDryRun: true))
        #expect(result == .impossible(.dryRun))
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: [
        (503, "HTTP 503 without a readable error"),
        (404, "refused with HTTP 404: HTTP 404 without a readable error"),
    ])
    func `a publish that fails is never taken for one`(status: Int, detail: String) async {
        let result = await republish(republisher(publishing(status), topic: topic))
        #expect(result == .failed(detail))
    }

    @Test(arguments: [(98, true), (99, false), (100, false)])
    func `a message that has no room for two more attributes is left alone`(count: Int, fits: Bool) async {
        let attributes = Dictionary(uniqueKeysWithValues: (0..<count).map { ("a\($0)", "b") })
        let result = await republish(republisher(publishing(200), topic: topic), attributes: attributes)
        #expect(result == (fits ? .published(count: 1) : .impossible(.limits)))
    }

    @Test func `time for a publish is kept back, but never more than half, and none where nothing can be published`() {
        let transport = publishing(200)
        #expect(republisher(transport, topic: nil).reservedTime == .zero)
        #expect(republisher(transport, topic: topic, isDryRun: true).reservedTime == .zero)
        #expect(republisher(transport, topic: topic, timeout: .seconds(1)).reservedTime == .milliseconds(500))
        #expect(republisher(transport, topic: topic).reservedTime == .seconds(5))
    }

    @Test func `data and attributes stay, and two attributes are added`() async throws {
        let transport = publishing(200)
        let result = await republish(republisher(transport, topic: topic), attributes: ["origin": "jit-binding"])
        #expect(result == .published(count: 1))
        #expect(
            transport.attributes == [
                [
                    "origin": "jit-binding", "jitcleanup-republished": "1",
                    "jitcleanup-first-published": Self.start.description,
                ]
            ]
        )
        let body = String(decoding: try #require(transport.requests.first?.body), as: UTF8.self)
        #expect(body.contains(#""data":"ZGF0YQ==""#))
    }

    @Test func `attributes that only Pub/Sub may set do not keep a message from being published again`() async {
        let transport = publishing(200)
        let attributes = ["googclient_schemaencoding": "JSON", "a": "b"]
        let result = await republish(republisher(transport, topic: topic), attributes: attributes)
        #expect(result == .published(count: 1))
        #expect(
            transport.attributes.first?.keys.sorted() == [
                "a", "jitcleanup-first-published", "jitcleanup-republished",
            ]
        )
    }

    @Test(arguments: [
        ("1", 2), ("41", 42), ("-1", 1), ("x", 1), ("99999999999999999999", 1), ("9223372036854775807", 1),
    ])
    func `the count goes on, whatever a publisher wrote there`(text: String, next: Int) async {
        let transport = publishing(200)
        let attributes = ["jitcleanup-republished": text, "jitcleanup-first-published": "2023-01-01T00:00:00Z"]
        let result = await republish(republisher(transport, topic: topic), attributes: attributes)
        #expect(result == .published(count: next))
        #expect(transport.attributes.first?["jitcleanup-first-published"] == "2023-01-01T00:00:00Z")
    }
}
