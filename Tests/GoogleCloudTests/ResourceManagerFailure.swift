import HTTPTransport
import Testing
import Timestamps

@testable import GoogleCloud

/// Calls one of the two methods against an answer and returns the error.
func resourceManagerFailure(
    _ reply: LoopbackServer.Reply,
    isWrite: Bool,
    within duration: Duration = .seconds(30)
) async throws -> ResourceManagerError? {
    var result: ResourceManagerError?
    try await withCloud({ _ in reply }) { server, transport in
        let client = ResourceManager(
            baseURL: server.url,
            transport: transport,
            tokens: CountingTokens(),
            time: ManualTime().source
        )
        let project = try #require(ProjectID("my-project"))
        do throws(ResourceManagerError) {
            if isWrite {
                _ = try await client.setIamPolicy(project: project, body: [], reason: "", within: duration)
            } else {
                _ = try await client.getIamPolicy(project: project, within: duration)
            }
            Issue.record("no error")
        } catch {
            result = error
        }
    }
    return result
}
