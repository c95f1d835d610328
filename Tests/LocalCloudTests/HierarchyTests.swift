import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing

@Suite struct HierarchyTests {
    @Test func `without an access token nothing is listed`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.hierarchy.addOrganization("organizations/1")
            #expect(try await client.get("/v3/projects?parent=organizations/1").status == 401)
        }
    }

    @Test(arguments: [
        ("/v3/projects", 400), ("/v3/folders?parent=projects/x", 400), ("/v3/projects?parent=folders/9", 403),
        ("/v3/projects?parent=organizations%2F1&pageToken=x", 400),
    ])
    func `what is asked for wrongly is refused`(path: String, status: Int) async throws {
        try await withCloud { cloud, client async throws in
            cloud.hierarchy.addOrganization("organizations/1")
            #expect(try await list(path, client, cloud).status == status)
        }
    }

    @Test func `a missing permission is named`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.hierarchy.addOrganization("organizations/1")
            cloud.hierarchy.setDenied(true, .listFolders, on: "organizations/1")
            let answer = try await list("/v3/folders?parent=organizations/1", client, cloud)
            #expect(answer.status == 403)
            #expect(text(answer.body).contains("resourcemanager.folders.list"))
            #expect(try await list("/v3/projects?parent=organizations/1", client, cloud).status == 200)
            #expect(cloud.requests.count(.listFolders, of: "organizations/1") == 1)
        }
    }

    @Test func `a list comes in pages, without what is deleted, and a token fits only its own list`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.hierarchy.addOrganization("organizations/1")
            cloud.hierarchy.setLargestPage(2)
            for number in 1...3 { cloud.hierarchy.addProject("project-\(number)", in: "organizations/1") }
            cloud.hierarchy.addProject("project-0", in: "organizations/1", state: .deleteRequested)
            cloud.hierarchy.addFolder("folders/5", in: "organizations/1")
            let path = "/v3/projects?parent=organizations%2F1&pageSize=500"
            let first = try json(await list(path, client, cloud)).root
            #expect(first["projects"]?.elements?.compactMap { $0["projectId"]?.string } == ["project-1", "project-2"])
            let token = try #require(first["nextPageToken"]?.string).replacing("=", with: "%3D")
            let second = try json(await list("\(path)&pageToken=\(token)", client, cloud)).root
            #expect(second["projects"]?.elements?.compactMap { $0["projectId"]?.string } == ["project-3"])
            #expect(second["nextPageToken"] == nil)
            let other = "/v3/folders?parent=organizations/1&pageToken=\(token)"
            #expect(try await list(other, client, cloud).status == 400)
            let empty = try json(await list("/v3/projects?parent=folders/5", client, cloud)).root
            #expect(empty.members?.isEmpty == true)
        }
    }

    private func list(_ path: String, _ client: Client, _ cloud: LocalCloud) async throws -> TransportResponse {
        try await client.get(path, [("Authorization", "Bearer \(cloud.metadata.accessToken())")])
    }
}
