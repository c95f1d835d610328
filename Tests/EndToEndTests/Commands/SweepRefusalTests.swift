import LocalCloud
import LosslessJSON
import Testing

@Suite("A sweep that may not change every role", .timeLimit(.minutes(2)))
struct SweepRefusalTests {
    private static let refused = "roles/resourcemanager.projectIamAdmin"

    private func make(_ stage: CommandStage) throws {
        let activations = [
            activation("alice@example.com", ["roles/a"]), activation("carol@example.com", [Self.refused]),
            activation("bob@example.com", ["roles/b"]),
        ]
        try stage.make("a-project", activations)
        try stage.make("b-project", activations)
        stage.cloud.resourceManager.setModifiableRoles(["roles/a", "roles/b"], of: "a-project")
    }

    @Test func `names the role that stays, removes the rest, and ends with 1`() async throws {
        try await onCommandStage { stage async throws in
            try make(stage)
            let result = try await stage.run("sweep", "--project", "a-project", "b-project", "--output", "json")
            #expect(result.code == 1)
            let json = try result.json()
            #expect(json["removed_count"]?.integer == 5)
            let projects = json["projects"]?.elements ?? []
            #expect(projects.map { $0["state"]?.string } == ["failed", "swept"])
            #expect(projects.first?["reason"]?.string == "permission-denied")
            #expect(projects.first?["detail"]?.string == "\(Self.refused): The caller does not have permission")
            let removed = projects.first?["removed"]?.elements?.map { $0["role"]?.string }
            #expect(removed == ["roles/a", "roles/b"])
            #expect(["a-project", "b-project"].map(stage.bindingCount) == [1, 0])
            #expect(result.errors.contains("5 expired bindings removed, in 2 of 2 policies; 1 failed"))
        }
    }

    @Test func `has a row for each binding that went, and one for what stays`() async throws {
        try await onCommandStage { stage async throws in
            try make(stage)
            let result = try await stage.run("sweep", "--project", "a-project")
            #expect(result.code == 1)
            let rows = result.output.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(rows.count == 4)
            #expect(rows.dropFirst().map { $0[1] } == ["removed", "removed", "failed"])
            #expect(rows.last?.contains("\(Self.refused):") == true)
        }
    }
}
