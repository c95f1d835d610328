import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

/// Calls one of the two methods against an answer and returns the error.
func resourceManagerFailure(
    _ reply: ScriptedServer.Reply,
    isWrite: Bool,
    within duration: Duration = .seconds(30)
) async throws -> ResourceManagerError? {
    try await withServer([reply]) { server in
        try await withTransport { transport in
            let client = ResourceManager(
                baseURL: server.url,
                transport: transport,
                tokens: CountingTokens(),
                time: ManualTime().source
            )
            let project = try #require(PolicyResource("projects/my-project"))
            do throws(ResourceManagerError) {
                if isWrite {
                    _ = try await client.setIamPolicy(of: project, body: [], reason: "", within: duration)
                } else {
                    _ = try await client.getIamPolicy(of: project, within: duration)
                }
                return nil
            } catch {
                return error
            }
        }
    }
}
