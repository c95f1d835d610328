internal import ArgumentParser
internal import GoogleCloud
internal import GoogleCredentials
internal import HTTPTransport
internal import Service
internal import Timestamps

/// Clients for Google's services, as used by the commands.
struct GoogleAccess: Sendable {
    let settings: CommandSettings
    let transport: any Transport
    let tokens: any AccessTokenSource
    let time: TimeSource

    var resourceManager: ResourceManager {
        ResourceManager(
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
            tokens: settings.endpoints.pubsubEmulatorHost == nil ? tokens : nil,
            time: time
        )
    }
}

/// Runs a closure that calls Google's services.
///
/// - Parameters:
///   - settings: The settings with the services' addresses.
///   - body: The closure to run once there is an access token, without which every project would fail.
/// - Returns: What the closure returns.
/// - Throws: Exit code 64 without usable credentials, and 1 without a token, with the reason on standard error;
///   otherwise what the closure throws.
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

/// Finds the operator's credentials where Google's own tools do, and checks that they yield a token.
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
        throw ExitCode.validationFailure
    }
    do throws(AccessTokenError) {
        _ = try await found.source.token()
    } catch {
        CommandOutput.note("jitcleanup: no access token from \(found.description): \(error.detail)")
        throw ExitCode.failure
    }
    return found.source
}
