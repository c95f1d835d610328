import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

@Suite("Lists of projects and folders") struct HierarchyTests {
    @Test(arguments: [
        "", "folders/", "folders/abc", "folders/01", "folders/-1", "folders/1/2", "projects/1", "Folders/1",
        "organizations/12345678901234567890", " folders/1", "folders/1 ", "folders/١", "organizations/1?x=y",
    ])
    func `what is no folder or organization is refused`(text: String) {
        #expect(ResourceContainer(text) == nil)
    }

    @Test(arguments: ["folders/1", "organizations/123456789012", "folders/9223372036854775807"])
    func `a folder or organization is named by its number`(text: String) {
        #expect(ResourceContainer(text)?.name == text)
    }

    @Test(arguments: [
        "[]", "<html>", #"{"projects":{}}"#, #"{"projects":[{"projectId":"a-project"}]}"#,
        #"{"projects":[{"state":"ACTIVE"}]}"#, #"{"projects":[{"projectId":5,"state":"ACTIVE"}]}"#,
        #"{"projects":[],"nextPageToken":5}"#, #"{"projects":[{"projectId":"a-pro"#,
    ])
    func `an answer that is not understood is none`(body: String) async throws {
        try await onHierarchy({ _ in .answer(200, body: body) }) { hierarchy, parent, _, _ async throws in
            await #expect(throws: ResourceManagerError.self) {
                try await hierarchy.projects(in: parent, within: .seconds(10))
            }
        }
    }

    @Test(arguments: [
        (403, "PERMISSION_DENIED", ResourceManagerError.permissionDenied(detail: "no", isWhole: false)),
        (404, "NOT_FOUND", .notFound(detail: "no")), (400, "INVALID_ARGUMENT", .invalidArgument(detail: "no")),
    ])
    func `a refusal is final`(status: Int, code: String, error: ResourceManagerError) async throws {
        try await onHierarchy({ _ in googleError(status, code, "no") }) { hierarchy, parent, server, _ async throws in
            await #expect(throws: error) { try await hierarchy.folders(in: parent, within: .seconds(60)) }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a page token that comes again ends the list with an error`() async throws {
        let body = #"{"projects":[],"nextPageToken":"again"}"#
        try await onHierarchy({ _ in .answer(200, body: body) }) { hierarchy, parent, server, _ async throws in
            await #expect(throws: ResourceManagerError.self) {
                try await hierarchy.projects(in: parent, within: .seconds(60))
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a folder that is named otherwise than Google names them is an error`() async throws {
        let body = #"{"folders":[{"name":"organizations/5","state":"ACTIVE"}]}"#
        try await onHierarchy({ _ in .answer(200, body: body) }) { hierarchy, parent, _, _ async throws in
            await #expect(throws: ResourceManagerError.self) {
                try await hierarchy.folders(in: parent, within: .seconds(60))
            }
        }
    }

    @Test func `a service that does not recover is given up at the deadline`() async throws {
        try await onHierarchy({ _ in .answer(503) }) { hierarchy, parent, server, time async throws in
            await #expect(throws: ResourceManagerError.self) {
                try await hierarchy.projects(in: parent, within: .seconds(60))
            }
            #expect(server.requests.count > 3)
            #expect(time.sleeps.reduce(.zero, +) < .seconds(60))
            #expect(time.sleeps.dropFirst().allSatisfy { $0 <= .seconds(32) })
        }
    }

    @Test func `the wait that Google asks for is kept`() async throws {
        let script = Turns<ScriptedServer.Reply>([
            googleError(429, "RESOURCE_EXHAUSTED", "quota", headers: [("Retry-After", "7")]),
            .answer(200, body: "{}"),
        ])
        try await onHierarchy({ _ in script.next() }) { hierarchy, parent, server, time async throws in
            #expect(try await hierarchy.projects(in: parent, within: .seconds(60)).isEmpty)
            #expect(time.sleeps == [.seconds(7)])
            #expect(server.requests.count == 2)
        }
    }

    @Test func `all pages are read, and only what is active counts`() async throws {
        let script = Turns<ScriptedServer.Reply>([
            .answer(
                200,
                body: #"""
                    {"projects":[{"projectId":"a-project","state":"ACTIVE","new":1},
                    {"projectId":"b-project","state":"DELETE_REQUESTED"}],"nextPageToken":"a/b+c="}
                    """#
            ),
            .answer(503), .answer(200, body: #"{"nextPageToken":"third"}"#),
            .answer(200, body: #"{"projects":[{"projectId":"c-project","state":"ACTIVE"}],"nextPageToken":""}"#),
        ])
        try await onHierarchy({ _ in script.next() }) { hierarchy, parent, server, _ async throws in
            let projects = try await hierarchy.projects(in: parent, within: .seconds(60))
            #expect(projects == ["a-project", "c-project"])
            let targets = server.requests.map(\.target)
            let first = "/v3/projects?parent=folders%2F1&pageSize=500"
            #expect(
                targets == [
                    first, first + "&pageToken=a%2Fb%2Bc%3D", first + "&pageToken=a%2Fb%2Bc%3D",
                    first + "&pageToken=third",
                ]
            )
            #expect(server.requests.allSatisfy { $0.method == "GET" && $0.header("authorization") == "Bearer token-1" })
        }
    }

    /// A client of a scripted server, whose pauses take no time.
    private func onHierarchy(
        _ reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply,
        _ body: (ResourceManager, ResourceContainer, ScriptedServer, ManualTime) async throws -> Void
    ) async throws {
        try await withCloud(reply) { server, transport in
            let time = ManualTime()
            let hierarchy = ResourceManager(
                baseURL: server.url,
                transport: transport,
                tokens: CountingTokens(),
                time: time.source
            )
            try await body(hierarchy, try #require(ResourceContainer("folders/1")), server, time)
        }
    }
}
