package import HTTPTransport

/// Runs the body with a real transport, which is stopped after it.
package func withTransport<Value>(
    _ settings: CurlSettings = CurlSettings(userAgent: "jitcleanup/test"),
    _ body: (CurlTransport) async throws -> Value
) async throws -> Value {
    let transport = try CurlTransport(settings)
    let result: Result<Value, any Error>
    do { result = .success(try await body(transport)) } catch { result = .failure(error) }
    await transport.stop()
    return try result.get()
}
