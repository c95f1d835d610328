import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing

@Suite("list and sweep beyond JIT Access's bindings in projects")
struct WideScopeTests {
    /// One of each state but `live`, `scheduled` and `within-grace`, and a marker of eligibility.
    private static var grants: [TemporaryGrant] {
        [
            temporaryGrant(until: -600), temporaryGrant("roles/storage.admin", title: nil, until: -600),
            temporaryGrant("roles/storage.objectAdmin", title: "Created by: PAM", until: -600),
            TemporaryGrant("roles/a", "user:a@example.com", title: "x", expression: "resource.name == 'x'"),
            TemporaryGrant("roles/b", "user:a@example.com", title: "x", expression: "false"),
            TemporaryGrant("roles/c", "user:a@example.com", title: "x", expression: "("),
            TemporaryGrant(
                "roles/d",
                "group:a@example.com",
                title: "Eligible",
                expression: "has({}.jitAccessConstraint)"
            ),
        ]
    }

    private func onPolicies(_ body: @Sendable (CommandStage) async throws -> Void) async throws {
        try await onCommandStage { stage async throws in
            for resource in ["a-project", CommandStage.inner, CommandStage.outer, CommandStage.organization] {
                // The stand-in takes no write that leaves a condition without a title.
                let grants = Self.grants.filter { resource == "a-project" || $0.title != nil }
                let policy = LocalPolicy.policy(grants.map(\.binding))
                try stage.cloud.resourceManager.setPolicy(resource, policy)
            }
            stage.cloud.hierarchy.addProject("a-project", in: CommandStage.inner)
            try await body(stage)
        }
    }

    @Test(arguments: [
        ["--titles", "!x"], ["--titles", "a,,b"], ["--titles", "*-x"], ["--resources", "project"],
    ])
    func `titles or kinds that mean nothing are misuse`(_ options: [String]) async throws {
        try await onCommandStage { stage async throws in
            for command in ["list", "sweep"] {
                let result = try await stage.run([command, "--project", "a-project"] + options)
                #expect(result.code == 64)
            }
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }

    @Test func `a project that is named is never passed over in silence`() async throws {
        try await onPolicies { stage async throws in
            let sweep = ["sweep", "--project", "a-project", "--resources", "folders", "--output", "json"]
            let project = try #require(try await stage.run(sweep).json()["projects"]?.elements?.first)
            #expect(project["state"]?.string == "skipped")
            #expect(project["reason"]?.string == "resource-not-allowed")
        }
    }

    @Test func `without a word of titles no other binding is listed or removed`() async throws {
        try await onPolicies { stage async throws in
            let result = try await stage.run("sweep", "--under", CommandStage.organization)
            #expect(result.code == 0)
            #expect(result.output.isEmpty)
            #expect(stage.bindingCount("a-project") == 7)
            #expect(stage.cloud.requests.count(.getIamPolicy) == 1, "of projects only")
        }
    }

    @Test func `every title is listed with its state, markers of eligibility only where asked for`() async throws {
        try await onPolicies { stage async throws in
            let list = ["list", "--project", "a-project", "--titles", "*", "--output", "json"]
            let result = try await stage.run(list)
            #expect(result.code == 2)
            let states = try result.json()["bindings"]?.elements?.compactMap { $0["state"]?.string }
            #expect(states == ["expired", "expired", "pam", "no-end", "never-granted", "not-understood"])
            let asked = try await stage.run(list + ["--state", "not-understood"]).json()["bindings"]?.elements
            #expect(asked?.compactMap { $0["role"]?.string } == ["roles/c", "roles/d"])
            #expect(asked?.first?["start_time"]?.isNull == true)
        }
    }

    @Test func `a sweep of every title leaves what is not proven, and Privileged Access Manager's`() async throws {
        try await onPolicies { stage async throws in
            let result = try await stage.run("sweep", "--project", "a-project", "--titles", "*,!y", "--output", "json")
            #expect(result.code == 0)
            #expect(stage.bindingCount("a-project") == 5)
            let project = try #require(try result.json()["projects"]?.elements?.first)
            #expect(project["resource"]?.string == "projects/a-project")
            #expect(project["project_id"]?.string == "a-project")
            #expect(project["removed"]?.elements?.map { $0["title"]?.string } == ["temporary", nil])
            #expect(project["removed"]?.elements?.allSatisfy { $0["whole_binding"]?.boolean == true } == true)
            let kept = project["kept"]?.elements?.compactMap { $0["state"]?.string }
            #expect(kept == ["no-end", "never-granted", "not-understood"])
        }
    }

    @Test func `folders and organizations are swept where they are asked for`() async throws {
        try await onPolicies { stage async throws in
            let sweep = ["sweep", "--under", CommandStage.organization, "--titles", "temporary", "--output", "json"]
            let kinds = ["--resources", "folders", "organizations"]
            let result = try await stage.run(sweep + kinds)
            #expect(result.code == 0)
            let swept = try result.json()["projects"]?.elements ?? []
            #expect(
                swept.compactMap { $0["resource"]?.string } == ["folders/1", "folders/2", CommandStage.organization]
            )
            #expect(swept.allSatisfy { $0["project_id"] == nil })
            #expect(stage.bindingCount("a-project") == 7)
            #expect(stage.bindingCount(CommandStage.organization) == 5)
        }
    }

    @Test func `projects that are excluded or not allowed are counted and not read`() async throws {
        try await onPolicies { stage async throws in
            for number in 0..<3 { stage.cloud.hierarchy.addProject("sys-\(number)-project", in: CommandStage.inner) }
            for command in ["list", "sweep"] {
                let options = [command, "--under", CommandStage.organization, "--exclude", "sys-*", "--output", "json"]
                let result = try await stage.run(options)
                #expect(result.code == 0, "\(result.errors)")
                #expect(try result.json()["skipped_count"]?.integer == 3)
                #expect(result.errors.contains("3 skipped, not allowed by the settings"))
                let none = try await stage.run(
                    [command, "--under", CommandStage.organization, "--output", "json"],
                    settings: ["ALLOWED_PROJECTS": "*,!sys-*,!a-*"]
                )
                #expect(try none.json()["skipped_count"]?.integer == 4)
            }
            #expect(stage.cloud.requests.count(.getIamPolicy) == 2)
            #expect(try await stage.run("list", "--under", CommandStage.organization, "--exclude", "").code == 64)
        }
    }

    @Test func `the limits of each policy are shown with what a sweep would free`() async throws {
        try await onPolicies { stage async throws in
            let list = ["list", "--project", "a-project", "--titles", "*", "--limits"]
            let table = try await stage.run(list)
            #expect(table.output.contains("7/1500 (-2)"))
            #expect(table.output.contains("7/100 (-2)"))
            let csv = try await stage.run(list + ["--output", "csv"]).output.split(separator: "\r\n")
            #expect(csv.count == 2)
            #expect(csv.last?.hasPrefix("projects/a-project,7,1,7,1,") == true)
            let policy = try await stage.run(list + ["--output", "json"]).json()["policies"]?.elements?.first
            #expect(policy?["usage"]?["principals"]?.integer == 7)
            #expect(policy?["usage_when_swept"]?["principals"]?.integer == 5)
        }
    }
}
