import LocalCloud
import LosslessJSON
import Testing

@Suite("jitcleanup list", .timeLimit(.minutes(2)))
struct ListTests {
    @Test(arguments: [
        ["list"], ["list", "--project", "a-project", "--state", "dead"], ["list", "--under", "projects/1"],
    ])
    func `a command line that is wrong ends with 64`(arguments: [String]) async throws {
        try await onCommandStage { stage async throws in
            #expect(try await stage.run(arguments).code == 64)
        }
    }

    @Test func `what cannot be read is named, with 1, and the rest is listed`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation()])
            try stage.make("b-project", [activation()])
            stage.cloud.resourceManager.setDenied(true, .getIamPolicy, on: "b-project")
            stage.cloud.faults.inject(
                .status(200, body: Array("{}".utf8)),
                at: .getIamPolicy,
                for: "c-project",
                .always
            )
            let result = try await stage.run(
                "list",
                "--output",
                "json",
                "--timeout",
                "2",
                "--project",
                "a-project",
                "b-project",
                "c-project"
            )
            #expect(result.code == 1)
            let json = try result.json()
            #expect(json["bindings"]?.elements?.map { $0["project_id"]?.string } == ["a-project"])
            #expect(
                json["failures"]?.elements?.map { $0["name"]?.string } == ["projects/b-project", "projects/c-project"]
            )
            #expect(
                json["failures"]?.elements?.map { $0["reason"]?.string }
                    == ["permission-denied", "policy-not-understood"]
            )
            #expect(result.errors.contains("projects/b-project: not read: permission-denied"))
        }
    }

    @Test func `a service that is away for a moment is asked again`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation(until: 3600)])
            stage.cloud.faults.inject(.error(.quotaExceeded(.read), retryAfter: "1"), at: .getIamPolicy, .next(1))
            let result = try await stage.run("list", "--project", "a-project")
            #expect(result.code == 0, "\(result.errors)")
            #expect(stage.cloud.requests.count(.getIamPolicy) == 2)
        }
    }

    @Test func `each state is told, in the policy's order, and expired ones end it with 2`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make(
                "b-project",
                in: CommandStage.inner,
                [
                    activation("live@example.com", until: 3600),
                    activation("later@example.com", from: 3600, until: 7200),
                    activation("grace@example.com", until: -60), activation("ended@example.com"),
                ]
            )
            try stage.make("a-project", in: CommandStage.organization, [activation()])
            let scope = ["list", "--under", CommandStage.organization, "--output", "json"]
            let settings = ["EXPIRY_GRACE_SECONDS": "600"]
            let result = try await stage.run(scope, settings: settings)
            #expect(result.code == 2)
            let bindings = try result.json()["bindings"]?.elements ?? []
            #expect(
                bindings.map { $0["state"]?.string } == ["expired", "live", "scheduled", "within-grace", "expired"]
            )
            #expect(bindings.first?["members"]?.elements?.map(\.string) == ["user:alice@example.com"])
            let some = try await stage.run(scope + ["--state", "live", "scheduled"], settings: settings)
            #expect(some.code == 2)
            #expect(try some.json()["bindings"]?.elements?.count == 2)
            #expect(stage.cloud.requests.count(.setIamPolicy) == 0)
        }
    }

    @Test func `CSV has a record for each member, and nothing that a spreadsheet would run`() async throws {
        try await onCommandStage { stage async throws in
            let ended = activation()
            let odd = LocalPolicy.binding(
                "roles/viewer",
                ["user:a@example.com", "user:b@example.com"],
                condition: LocalPolicy.condition("JIT access activation", "true", description: "=1+1")
            )
            try stage.cloud.resourceManager.setPolicy("a-project", LocalPolicy.policy(ended.bindings + [odd]))
            let result = try await stage.run("list", "--project", "a-project", "--output", "csv")
            let rest = "projects/a-project,\"JIT access activation\""
            let reason = "\"the expression does not require JIT Access's time window\""
            #expect(
                result.output
                    == [
                        "project_id,role,member,start_time,end_time,state,reason,description,resource,title",
                        "a-project,roles/compute.viewer,user:alice@example.com,\(ended.start),\(ended.end),expired,,"
                            + "\"Self-approved, justification: Working on CASE-123\",\(rest)",
                        "a-project,roles/viewer,user:a@example.com,,,not-understood,\(reason),\"'=1+1\",\(rest)",
                        "a-project,roles/viewer,user:b@example.com,,,not-understood,\(reason),\"'=1+1\",\(rest)", "",
                    ].joined(separator: "\r\n")
            )
        }
    }

    @Test func `where there is nothing the output is empty, and the code 0`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [])
            let result = try await stage.run("list", "--project", "a-project")
            #expect(result.code == 0)
            #expect(result.output.isEmpty)
            #expect(result.errors == "0 bindings in 1 policy, 0 expired\n")
        }
    }
}
