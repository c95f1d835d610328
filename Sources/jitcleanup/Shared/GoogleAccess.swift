internal import ArgumentParser
internal import GoogleCloud
internal import HTTPTransport
internal import Timestamps

/// Google's services as a command on somebody's machine reaches them.
struct GoogleAccess: Sendable {
    let settings: CommandSettings
    let transport: any Transport
    let tokens: any AccessTokenSource
    let time: TimeSource

    /// Policies of projects.
    var resourceManager: ResourceManager {
        ResourceManager(
            baseURL: settings.endpoints.resourceManager,
            transport: transport,
            tokens: tokens,
            time: time
        )
    }

    /// What is in folders and organizations.
    var hierarchy: ResourceHierarchy {
        ResourceHierarchy(
            baseURL: settings.endpoints.resourceManager,
            transport: transport,
            tokens: tokens,
            time: time
        )
    }

    /// Topics.
    var publisher: TopicPublisher {
        TopicPublisher(
            baseURL: settings.endpoints.pubsub,
            transport: transport,
            tokens: settings.endpoints.pubsubEmulatorHost == nil ? tokens : nil
        )
    }
}

/// Where the access tokens of a command come from.
func commandCredentials(
    _ settings: CommandSettings,
    transport: any Transport,
    time: TimeSource
) throws -> any AccessTokenSource {
    MetadataTokenSource(baseURL: "http://\(settings.endpoints.metadataHost)", transport: transport, time: time)
}

/// Runs a closure that calls Google's services.
///
/// - Parameters:
///   - settings: Where they are.
///   - body: Gets them once there is an access token: without one, every single project would fail.
/// - Returns: What the closure returns.
/// - Throws: Exit code 1, with the reason on standard error, if there is no token; what the closure throws.
func withGoogle<Value>(
    _ settings: CommandSettings,
    _ body: (GoogleAccess) async throws -> Value
) async throws -> Value {
    let transport = try CurlTransport(
        CurlSettings(userAgent: "jitcleanup/\(Jitcleanup.version)", maximumConnectionsPerHost: 64)
    )
    let result: Result<Value, any Error>
    do {
        let tokens = try commandCredentials(settings, transport: transport, time: .system)
        do throws(AccessTokenError) {
            _ = try await tokens.token()
        } catch {
            CommandOutput.note("jitcleanup: no access token: \(error.detail)")
            throw ExitCode.failure
        }
        result = .success(
            try await body(GoogleAccess(settings: settings, transport: transport, tokens: tokens, time: .system))
        )
    } catch {
        result = .failure(error)
    }
    await transport.stop()
    return try result.get()
}
