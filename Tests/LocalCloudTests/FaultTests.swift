import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct FaultTests {
    private static let certs = "/oauth2/v3/certs"
    private static let short = TransportLimits(connect: .seconds(5), total: .seconds(2), responseBytes: 1 << 20)

    @Test func `a status, an HTML page and a redirect are answered instead`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.status(500), at: .keys)
            cloud.faults.inject(.html(502), at: .keys)
            cloud.faults.inject(.redirect(to: "https://example.com/"), at: .keys)
            cloud.faults.inject(.status(200, body: Array(#"{"keys":[]}"#.utf8)), at: .keys)
            #expect(try await client.get(Self.certs).status == 500)
            let page = try await client.get(Self.certs)
            #expect(page.status == 502 && page.header("content-type") == "text/html; charset=UTF-8")
            let redirect = try await client.get(Self.certs)
            #expect(redirect.status == 302 && redirect.header("location") == "https://example.com/")
            #expect(text(try await client.get(Self.certs).body) == #"{"keys":[]}"#)
            #expect(try await client.get(Self.certs).status == 200)
            #expect(cloud.faults.struck(.keys) == 4)
            #expect(cloud.requests.count(.keys) == 5)
        }
    }

    @Test func `the quota error is Google's`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            cloud.faults.inject(.error(.quotaExceeded(.read), retryAfter: "7"), at: .getIamPolicy, for: "p")
            let answer = try await client.call("/v3/projects/p:getIamPolicy")
            #expect(answer.status == 429 && answer.header("retry-after") == "7")
            let error = try #require(try json(answer).root["error"])
            #expect(error["status"]?.string == "RESOURCE_EXHAUSTED")
            let info = error["details"]?.elements?.first
            #expect(info?["reason"]?.string == "RATE_LIMIT_EXCEEDED" && info?["domain"]?.string == "googleapis.com")
            #expect(info?["metadata"]?["quota_limit"]?.string == "ReadRequestsPerMinutePerProject")
        }
    }

    @Test func `a reset connection gives no answer`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.reset, at: .keys, .always)
            await #expect {
                try await client.get(Self.certs)
            } throws: { error in
                if case TransportError.interrupted = error { true } else { false }
            }
            cloud.faults.clear(.keys)
            #expect(try await client.get(Self.certs).status == 200)
        }
    }

    @Test func `a body is cut in the middle`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.cut(afterBytes: 20), at: .keys)
            await #expect {
                try await client.get(Self.certs)
            } throws: { error in
                if case TransportError.interrupted = error { true } else { false }
            }
        }
    }

    @Test func `a truncated body looks complete`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.truncate(toBytes: 20), at: .keys)
            #expect(try await client.get(Self.certs).body.count == 20)
        }
    }

    @Test func `an oversized body is still JSON`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.oversized(bytes: 1 << 20), at: .keys)
            cloud.faults.inject(.oversized(bytes: 1 + 1 << 20), at: .keys)
            let answer = try await client.get(Self.certs)
            #expect(answer.body.count == 1 << 20)
            #expect(try json(answer).root["keys"]?.elements?.count == 1)
        }
    }

    @Test func `a body one byte over the client's limit is too large`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.oversized(bytes: (1 << 20) + 1), at: .keys)
            await #expect(throws: TransportError.tooLarge) { try await client.get(Self.certs) }
        }
    }

    @Test func `a hanging endpoint outlasts the client`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.hang(atMost: .seconds(3600)), at: .keys)
            await #expect(throws: TransportError.timedOut) { try await client.get(Self.certs, limits: Self.short) }
            #expect(try await client.get(Self.certs).status == 200)
            #expect(cloud.requests.records.map(\.status) == [nil, 200])
        }
    }

    @Test func `a hang ends with a reset when its time is over`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.hang(atMost: .milliseconds(50)), at: .keys, .always)
            await #expect {
                try await client.get(Self.certs)
            } throws: { error in
                if case TransportError.interrupted = error { true } else { false }
            }
        }
    }

    @Test func `a hang ends whatever the request's size, and so does the cloud`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.hang(atMost: .milliseconds(50)), at: .setIamPolicy, .always)
            let policy = #"{"bindings":[],"x":"\#(String(repeating: "x", count: 200_000))"}"#
            await #expect {
                try await client.write("p", policy)
            } throws: { error in
                if case TransportError.interrupted = error { true } else { false }
            }
        }
    }

    @Test(arguments: [true, false])
    func `a write whose answer is lost was applied`(isReset: Bool) async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            let policy = try #require(cloud.resourceManager.policy("p"))
            cloud.faults.inject(isReset ? .loseReply : .cut(afterBytes: 0), at: .setIamPolicy)
            await #expect {
                try await client.write("p", text(policy.bytes))
            } throws: { error in
                if case TransportError.interrupted = error { true } else { false }
            }
            #expect(cloud.resourceManager.history("p").count == 1)
        }
    }

    @Test func `a write that was refused by a fault was not applied`() async throws {
        try await withCloud { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array(#"{"bindings":[\#(ResourceManagerTests.plain)]}"#.utf8))
            let policy = try #require(cloud.resourceManager.policy("p"))
            cloud.faults.inject(.error(.unavailable), at: .setIamPolicy)
            #expect(try await client.write("p", text(policy.bytes)).status == 503)
            #expect(cloud.resourceManager.history("p").isEmpty)
        }
    }

    @Test func `delays and latencies go through the cloud's clock`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(time: time.source) { cloud, client async throws in
            cloud.faults.inject(.delay(.seconds(20)), at: .keys)
            cloud.faults.setLatency(.seconds(3), at: .keys)
            #expect(try await client.get(Self.certs).status == 200)
            #expect(time.sleeps == [.seconds(3), .seconds(20)])
            cloud.faults.setLatency(nil, at: .keys)
            #expect(try await client.get(Self.certs).status == 200)
            #expect(time.sleeps.count == 2)
        }
    }

    @Test func `a fault strikes only where and when it is meant to`() async throws {
        try await withCloud { cloud, client async throws in
            for project in ["p", "q"] { try cloud.resourceManager.setPolicy(project, Array("{}".utf8)) }
            func status(_ project: String) async throws -> Int {
                try await client.call("/v3/projects/\(project):getIamPolicy").status
            }
            cloud.faults.inject(.status(500), at: .getIamPolicy, for: "p", .next(2))
            cloud.faults.inject(
                .status(503),
                at: .getIamPolicy,
                .when { $0.route.resource == "q" && $0.number % 2 == 0 }
            )
            var statuses: [Int] = []
            for project in ["p", "q", "p", "p", "q", "q"] { statuses.append(try await status(project)) }
            // The second rule has looked at q, p, q, q: the first rule kept two of p from it.
            #expect(statuses == [500, 200, 500, 200, 200, 503])
            cloud.faults.clear()
            cloud.faults.inject(.status(500), at: .getIamPolicy, .always)
            for _ in 0..<3 { #expect(try await status("q") == 500) }
            cloud.faults.clear(.getIamPolicy)
            #expect(try await status("q") == 200)
        }
    }

    @Test func `the Date header can be exact, shifted, omitted or nonsense`() async throws {
        let time = ManualTime(Instant(seconds: 784_111_777))
        try await withCloud(time: time.source) { cloud, client async throws in
            func date() async throws -> String? { try await client.get(Self.certs).header("date") }
            #expect(try await date() == "Sun, 06 Nov 1994 08:49:37 GMT")
            cloud.faults.setDateHeader(.shifted(bySeconds: -37))
            #expect(try await date() == "Sun, 06 Nov 1994 08:49:00 GMT")
            cloud.faults.setDateHeader(.omitted)
            #expect(try await date() == nil)
            cloud.faults.setDateHeader(.text("yesterday"))
            #expect(try await date() == "yesterday")
        }
    }
}
