internal import ArgumentParser
internal import GoogleCloud
internal import GoogleCredentials
internal import HTTPTransport
internal import Service
internal import Timestamps

/// Google's services as a command on an operator's machine reaches them.
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

    var publisher: TopicPublisher {
        TopicPublisher(
            baseURL: settings.endpoints.pubsub,
            transport: transport,
            tokens: settings.endpoints.pubsubEmulatorHost == nil ? tokens : nil
        )
    }
}

/// Runs a closure that calls Google's services.
///
/// - Parameters:
///   - settings: Where they are.
///   - body: Gets them once there is an access token: without one, every single project would fail.
/// - Returns: What the closure returns.
/// - Throws: Exit code 64 without credentials that can be used, and 1 without a token, with the reason on standard
///   error; what the closure throws.
func withGoogle<Value>(
    _ settings: CommandSettings,
    _ body: (GoogleAccess) async throws -> Value
) async throws -> Value {
    let transport = try CurlTransport(
        CurlSettings(userAgent: "jitcleanup/\(programVersion)", maximumConnectionsPerHost: 64)
    )
    let result: Result<Value, any Error>
    do {
        let tokens = try await commandCredentials(settings, transport)
        result = .success(
            try await body(GoogleAccess(settings: settings, transport: transport, tokens: tokens, time: .system))
        )
    } catch {
        result = .failure(error)
    }
    await transport.stop()
    return try result.get()
}

/// The operator's credentials, from wherever Google's own tools find them, once they have brought a token.
private func commandCredentials(
    _ settings: CommandSettings,
    _ transport: any Transport
) async throws -> any AccessTokenSource {
    let found: FoundCredentials
    do throws(CredentialsError) {
        found = try await ApplicationCredentials.find(
            environment: ProcessEnvironment.variables,
            metadataHost: settings.endpoints.metadataHost,
            transport: transport
        )
    } catch {
        CommandOutput.note("jitcleanup: there are no Google Cloud credentials that can be used")
        for line in error.lines { CommandOutput.note("  \(line)") }
        throw ExitCode.usage
    }
    do throws(AccessTokenError) {
        _ = try await found.source.token()
    } catch {
        CommandOutput.note("jitcleanup: no access token from \(found.description): \(error.detail)")
        throw ExitCode.failure
    }
    return found.source
}
