import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

private let ended = activation()
private let policy = LocalPolicy.policy(
    [LocalPolicy.binding("roles/owner", ["user:root@example.com"])] + ended.bindings
)

@Suite("Answers when Google's services fail")
struct FailureAnswerTests {
    @Test func `a conflicting edit is kept, and the removal is computed anew from it`() async throws {
        try await onStage(policy: policy) { stage async throws in
            let guest = LocalPolicy.binding("roles/viewer", ["user:guest@example.com"])
            stage.cloud.resourceManager.setBeforeWrite { call in
                guard call.number == 1 else { return }
                try? stage.cloud.resourceManager.edit(Stage.project) { LocalPolicy.adding(guest, to: $0) }
            }
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.calls == (2, 2))
            #expect(stage.bindings.count == 2)
            #expect(stage.bindings.contains { $0.contains("guest@example.com") })
        }
    }

    @Test(arguments: [409, 412, 503])
    func `409, 412 and 503 on the write lead to a new read`(status: Int) async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.faults.inject(.status(status), at: .setIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.calls == (2, 2))
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `conflicts that outlast the time allowed are sent back with 500 and Retry-After`() async throws {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "1"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.error(.concurrentChanges), at: .setIamPolicy, .always)
            let answer = try await stage.push(ended.message(.selfApproved))
            #expect(answer.status == 500)
            #expect(answer.header("retry-after") != nil)
            #expect(stage.log.field("reason", of: "activation.failed") == "out-of-time")
            #expect(stage.bindings.count == 2)
        }
    }

    @Test(arguments: [500, 502, 503, 504])
    func `an outage that outlasts the time allowed is sent back with 503`(status: Int) async throws {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "1"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.html(status), at: .getIamPolicy, .always)
            let answer = try await stage.push(ended.message(.selfApproved))
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") != nil)
            #expect(stage.log.field("reason", of: "activation.failed") == "unavailable")
            #expect(stage.bindings.count == 2)
        }
    }

    /// In the second case libcurl itself would repeat it, if the connection had been used before.
    @Test(arguments: [Fault.cut(afterBytes: 0), .loseReply])
    func `a write whose reply is lost is looked at, not repeated`(fault: Fault) async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.faults.inject(fault, at: .setIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.calls == (2, 1))
            #expect(stage.bindings.count == 1)
            #expect(stage.log.lines(of: "binding.removed").count == 1)
            #expect(stage.log.field("etag_after", of: "binding.removed") == "unknown")
        }
    }

    @Test func `429 is waited out as long as Google asks, or sent back with that wait`() async throws {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "2"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.error(.quotaExceeded(.read), retryAfter: "7"), at: .getIamPolicy)
            let answer = try await stage.push(ended.message(.selfApproved))
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "7")
            // Until then nobody asks for that project again.
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.calls == (1, 0))
        }
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "5"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.error(.quotaExceeded(.read), retryAfter: "1"), at: .getIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
        }
    }

    @Test func `an upstream that hangs for one project is sent back with 500 in time`() async throws {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "1"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(20)), at: .getIamPolicy, .always)
            let start = TimeSource.system.uptime()
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(TimeSource.system.uptime() - start < .seconds(5))
            #expect(stage.log.field("reason", of: "activation.failed") == "out-of-time")
        }
    }

    @Test(arguments: [
        Fault.cut(afterBytes: 20), .truncate(toBytes: 20), .html(502), .html(200), .oversized(bytes: 5 << 20),
        .reset,
    ])
    func `an answer that is cut, not JSON, HTML or oversized is never taken for a policy`(fault: Fault) async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.faults.inject(fault, at: .getIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.calls.writes == 1)
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `without an access token the answer is 503`() async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.faults.inject(.status(404), at: .accessToken, .always)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.log.field("reason", of: "activation.failed") == "no-credentials")
        }
    }

    @Test func `a metadata server that hangs does not keep a push beyond its time`() async throws {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "1"], policy: policy) { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(20)), at: .accessToken, .always)
            let start = TimeSource.system.uptime()
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(TimeSource.system.uptime() - start < .seconds(4))
        }
    }

    @Test func `an address that is not Google's is not believed about a project`() async throws {
        try await onStage(["GIVE_UP_SECONDS": "0", "REQUEST_TIMEOUT_SECONDS": "1"], policy: policy) {
            stage async throws in
            stage.cloud.faults.inject(.html(404), at: .getIamPolicy, .always)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
        }
    }

    @Test func `an access token that was revoked is replaced once`() async throws {
        let second = activation("carol@example.com", ["roles/x"], from: -600, until: -60)
        try await onStage(policy: policy) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            stage.cloud.metadata.revokeTokens()
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(second.bindings))
            // Published so short a while ago that what was read before says nothing of it.
            #expect(try await stage.push(second.message(.selfApproved), ageSeconds: 0).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.cloud.metadata.issuedTokens == 2)
        }
    }

    @Test func `permission denied is sent back with 500, and Google's details are in the log`() async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.resourceManager.setDenied(true, .getIamPolicy, on: Stage.project)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            let line = try #require(stage.log.lines(of: "activation.failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["reason"]?.string == "permission-denied")
            let detail = try #require(line["detail"]?.string)
            #expect(detail.contains("metadata.permission resourcemanager.projects.getIamPolicy"))
        }
    }

    @Test func `a policy that IAM refuses is sent back with 500, and the log names the role`() async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.resourceManager.setMissingPrincipals(["user:root@example.com"])
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(stage.log.field("reason", of: "activation.failed") == "policy-refused")
            #expect(stage.log.field("detail", of: "activation.failed")?.hasPrefix("roles/compute.viewer: ") == true)
            #expect(stage.calls == (2, 1))
            #expect(stage.bindings.count == 2)
        }
    }

    @Test(arguments: [
        #"{"bindings":[],"etag":""}"#, #"{"bindings":[]}"#, #"{"version":4,"etag":"ACAB"}"#,
        #"{"etag":"ACAB","bindings":[{"role":"roles/x_withcond_2b17cc25d2cd9e2c54d8","members":["user:a@b.c"]}]}"#,
        #"{"etag":"ACAB","etag":"ACAB"}"#, #"{"etag":"ACAB","bindings":{}}"#,
    ])
    func `a policy that is not safe to write is never written`(answer: String) async throws {
        try await onStage(policy: policy) { stage async throws in
            stage.cloud.faults.inject(.status(200, body: Array(answer.utf8)), at: .getIamPolicy, .always)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(stage.log.field("reason", of: "activation.failed") == "policy-not-understood")
            #expect(stage.calls.writes == 0)
        }
    }

    @Test func `many pushes for one project share reads and writes`() async throws {
        let activations = (0..<40).map { activation("user\($0)@example.com", ["roles/r\($0)"]) }
        let crowded = LocalPolicy.policy(activations.flatMap(\.bindings))
        try await onStage(policy: crowded) { stage async throws in
            stage.cloud.faults.setLatency(.milliseconds(100), at: .setIamPolicy)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, activation) in activations.enumerated() {
                    group.addTask {
                        try await stage.push(activation.message(.selfApproved), id: "\(index)").status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 204, count: 40))
            #expect(stage.bindings.isEmpty)
            // The first round clears the project for all of them, and the rest are answered from it or by one more read.
            #expect(stage.calls.writes == 1)
            #expect(stage.calls.reads <= 2)
            #expect(stage.log.lines(of: "binding.removed").count == 40)
        }
    }
}
