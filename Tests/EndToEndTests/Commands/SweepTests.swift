import LocalCloud
import LosslessJSON
import Testing

@Suite("jitcleanup sweep", .timeLimit(.minutes(2)))
struct SweepTests {
    @Test(arguments: [
        ["sweep"], ["sweep", "--project", "12"], ["sweep", "--project", "../x"], ["sweep", "--under", "folders/x"],
        ["sweep", "--under", "123"], ["sweep", "--project", "a-project", "--parallel", "0"],
        ["sweep", "--project", "a-project", "--older-than", "-1"],
        ["sweep", "--project", "a-project", "--output", "csv"],
        ["sweep", "--project", "a-project", "--timeout", "0"],
    ])
    func `a command line that is wrong ends with 64, and nothing is called`(arguments: [String]) async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run(arguments)
            #expect(result.code == 64)
            #expect(result.output.isEmpty)
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }

    @Test func `all faults of the settings are reported together, with 64`() async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run(
                "sweep",
                "--project",
                "a-project",
                settings: [
                    "EXPIRY_GRACE_SECONDS": "x", "ALLOWED_PROJECTS": "*-x", "RESOURCE_MANAGER_URL": "http://x.example",
                ]
            )
            #expect(result.code == 64)
            for name in ["EXPIRY_GRACE_SECONDS", "ALLOWED_PROJECTS", "RESOURCE_MANAGER_URL"] {
                #expect(result.errors.contains("\(name): "))
            }
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }

    @Test func `without an access token no project is tried`() async throws {
        try await onCommandStage { stage async throws in
            stage.cloud.faults.inject(.status(404), at: .accessToken, .always)
            let result = try await stage.run("sweep", "--project", "a-project", "b-project")
            #expect(result.code == 1)
            #expect(result.errors.contains("no access token from metadata server"))
            #expect(stage.cloud.requests.count(.getIamPolicy) == 0)
        }
    }

    @Test func `credentials that cannot be used end it with 64, and nothing is called`() async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run(
                "sweep",
                "--project",
                "a-project",
                settings: ["GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"]
            )
            #expect(result.code == 64)
            #expect(result.errors.contains("GOOGLE_APPLICATION_CREDENTIALS (/nowhere/key.json)"))
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }

    @Test func `a project that fails stops no other, and is told with its reason`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation()])
            try stage.make("b-project", [activation()])
            try stage.make("c-project", [activation()])
            stage.cloud.resourceManager.setDenied(true, .setIamPolicy, on: "a-project")
            stage.cloud.resourceManager.setDenied(true, .getIamPolicy, on: "b-project")
            let result = try await stage.run(
                "sweep",
                "--output",
                "json",
                "--project",
                "a-project",
                "b-project",
                "c-project",
                "gone-project"
            )
            #expect(result.code == 1)
            let projects = try result.json()["projects"]?.elements ?? []
            #expect(projects.map { $0["state"]?.string } == ["failed", "failed", "swept", "failed"])
            #expect(projects.map { $0["reason"]?.string }.prefix(2) == ["permission-denied", "permission-denied"])
            #expect(projects[0]["detail"]?.string?.contains("setIamPolicy") == true)
            #expect(["a-project", "b-project", "c-project"].map(stage.bindingCount) == [1, 1, 0])
        }
    }

    @Test func `a folder that cannot be listed is named, and hides nothing of the others`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", in: CommandStage.outer, [activation()])
            try stage.make("b-project", in: CommandStage.inner, [activation()])
            stage.cloud.hierarchy.setDenied(true, .listProjects, on: CommandStage.inner)
            let result = try await stage.run("sweep", "--under", CommandStage.organization, "--output", "json")
            #expect(result.code == 1)
            let failures = try result.json()["failures"]?.elements ?? []
            #expect(failures.map { $0["name"]?.string } == [CommandStage.inner])
            #expect(failures.map { $0["reason"]?.string } == ["permission-denied"])
            #expect(result.errors.contains("folders/2: not looked through: permission-denied"))
            #expect(["a-project", "b-project"].map(stage.bindingCount) == [0, 1])
        }
    }

    @Test func `a project outside ALLOWED_PROJECTS is skipped and said to be`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation()])
            let result = try await stage.run(
                "sweep",
                "--project",
                "a-project",
                "--output",
                "json",
                settings: ["ALLOWED_PROJECTS": "b-*"]
            )
            #expect(result.code == 0)
            #expect(try result.json()["projects"]?.elements?.first?["state"]?.string == "skipped")
            #expect(result.errors.contains("1 skipped, not allowed by the settings"))
            #expect(stage.cloud.requests.count(.getIamPolicy) == 0)
        }
    }

    @Test(arguments: [["--dry-run"], []])
    func `a dry run writes nothing and ends with 2`(flags: [String]) async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation(), activation("bob@example.com", until: 3600)])
            let arguments = ["sweep", "--project", "a-project", "--output", "json"] + flags
            // The service's setting counts as well: a command must not undo it.
            let settings = ["PUBSUB_TOPIC_NAME": stage.cloud.topicName("jit-access")]
            let result = try await stage.run(
                arguments,
                settings: settings.merging(flags.isEmpty ? ["DRY_RUN": "true"] : [:]) { $1 }
            )
            #expect(result.code == 2)
            let json = try result.json()
            #expect(json["dry_run"]?.boolean == true)
            #expect(json["removed_count"]?.integer == 1)
            #expect(json["projects"]?.elements?.first?["removed"]?.elements?.count == 1)
            #expect(stage.cloud.requests.count(.setIamPolicy) == 0)
            #expect(stage.cloud.requests.count(.publish) == 0)
            #expect(stage.bindingCount("a-project") == 2)
        }
    }

    @Test func `as a Cloud Run job, a failure ends with 1, and a dry run that finds something with 0`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation()])
            let job = ["CLOUD_RUN_JOB": "jitcleanup-sweep", "CLOUD_RUN_TASK_ATTEMPT": "0", "DRY_RUN": "true"]
            let failed = try await stage.run("sweep", "--project", "a-project", "no-such-project", settings: job)
            #expect(failed.code == 1)
            let found = try await stage.run("sweep", "--project", "a-project", settings: job)
            #expect(found.code == 0)
            #expect(found.output.contains("would-remove"))
            #expect(found.errors.contains(#""event":"binding.would-remove""#))
            #expect(stage.bindingCount("a-project") == 1)
        }
    }

    @Test func `what expired too short a time ago stays with --older-than`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make(
                "a-project",
                [
                    activation("a@example.com", until: -1800),
                    activation("b@example.com", from: -90_000, until: -80_000),
                ]
            )
            let result = try await stage.run("sweep", "--project", "a-project", "--older-than", "2h")
            #expect(result.code == 0)
            #expect(result.output.contains("user:b@example.com"))
            #expect(!result.output.contains("user:a@example.com"))
            #expect(stage.bindingCount("a-project") == 1)
        }
    }

    @Test func `what is not understood is kept, with its reason`() async throws {
        try await onCommandStage { stage async throws in
            let odd = LocalPolicy.binding(
                "roles/viewer",
                ["user:a@example.com"],
                condition: LocalPolicy.condition("JIT access activation", "true")
            )
            try stage.cloud.resourceManager.setPolicy("a-project", LocalPolicy.policy([odd]))
            let result = try await stage.run("sweep", "--project", "a-project")
            #expect(result.code == 0)
            #expect(result.output.contains("a-project  kept    roles/viewer  user:a@example.com"))
            #expect(result.output.contains("the expression does not require JIT Access's time window"))
            #expect(stage.bindingCount("a-project") == 1)
        }
    }

    @Test func `everything under an organization is swept once, in pages, with a reason in the audit log`() async throws
    {
        try await onCommandStage { stage async throws in
            stage.cloud.hierarchy.setLargestPage(2)
            stage.cloud.faults.inject(.error(.unavailable), at: .listProjects, .next(1))
            stage.cloud.faults.inject(.error(.concurrentChanges), at: .setIamPolicy, .next(1))
            for number in 1...5 { try stage.make("inner-project-\(number)", in: CommandStage.inner, [activation()]) }
            try stage.make("live-project", in: CommandStage.outer, [activation(until: 3600)])
            try stage.make("dead-project", in: CommandStage.outer, [activation()])
            stage.cloud.hierarchy.addProject("old-project", in: CommandStage.outer, state: .deleteRequested)
            let topic = stage.cloud.topicName("jit-access")
            stage.cloud.pubSub.createTopic(topic)
            let result = try await stage.run(
                "sweep",
                "--under",
                CommandStage.organization,
                CommandStage.inner,
                "--project",
                "dead-project",
                "--output",
                "json",
                settings: ["PUBSUB_TOPIC_NAME": topic, "LOG_FORMAT": "json"]
            )
            #expect(result.code == 0, "\(result.errors)")
            let projects = try result.json()["projects"]?.elements ?? []
            #expect(
                projects.map { $0["project_id"]?.string } == ["dead-project"]
                    + (1...5).map { "inner-project-\($0)" } + ["live-project"]
            )
            #expect(projects.map { $0["removed"]?.elements?.count } == [1, 1, 1, 1, 1, 1, 0])
            #expect((1...5).map { stage.bindingCount("inner-project-\($0)") } == [0, 0, 0, 0, 0])
            #expect(stage.bindingCount("live-project") == 1)
            let history = stage.cloud.resourceManager.history("dead-project")
            #expect(history.map(\.reason) == ["jitcleanup sweep: expired temporary bindings"])
            #expect(stage.cloud.requests.count(.publish) == 6)
            #expect(result.errors.split(separator: "\n").count { $0.contains("binding.removed") } == 6)
            #expect(result.errors.contains("6 expired bindings removed, in 6 of 7 policies"))
            #expect(stage.cloud.resourceManager.blindOverwrites == 0)
        }
    }

    @Test func `a second sweep finds nothing and writes nothing`() async throws {
        try await onCommandStage { stage async throws in
            try stage.make("a-project", [activation()])
            #expect(try await stage.run("sweep", "--project", "a-project").code == 0)
            let again = try await stage.run("sweep", "--project", "a-project", "a-project", "--dry-run")
            #expect(again.code == 0)
            #expect(again.output.isEmpty)
            #expect(again.errors == "0 expired bindings would be removed, in 0 of 1 policy\n")
            #expect(stage.cloud.requests.count(.setIamPolicy) == 1)
        }
    }

    @Test func `the table is what scripts and people read`() async throws {
        try await onCommandStage { stage async throws in
            let ended = activation()
            try stage.make("a-project", [ended])
            let result = try await stage.run("sweep", "--project", "a-project", "no-project", "--timeout", "5")
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[0].split(separator: " ") == ["RESOURCE", "RESULT", "ROLE", "MEMBERS", "ENDED", "NOTE"])
            #expect(
                lines[1].split(separator: " ")
                    == ["a-project", "removed", "roles/compute.viewer", "user:alice@example.com", "\(ended.end)", "-"]
            )
            #expect(lines[2].hasPrefix("no-project  failed   -"))
            #expect(lines[2].contains("permission-denied: Permission 'resourcemanager.projects.getIamPolicy' denied"))
        }
    }
}
