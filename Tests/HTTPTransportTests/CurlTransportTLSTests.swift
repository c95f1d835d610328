import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import HTTPTransport

private let openssl = "/usr/bin/openssl"
private let nghttpd = "/usr/sbin/nghttpd"

@Suite struct CurlTransportTLSTests {
    @Test(.enabled(if: isExecutable(openssl), "needs the openssl command"))
    func `a certificate of nobody's authority is refused before anything is sent`() async throws {
        try await withTLSServer(["s_server", "-www", "-quiet"]) { port, _ in
            try await withTransport { transport in
                let error = try #require(await transport.failure(of: "https://localhost:\(port)/"))
                #expect(error.kind == .cannotConnect)
            }
        }
    }

    @Test(.enabled(if: isExecutable(openssl), "needs the openssl command"))
    func `a certificate for another name is refused`() async throws {
        try await withTLSServer(["s_server", "-www", "-quiet"]) { port, authorities in
            let settings = CurlSettings(userAgent: "jitcleanup/test", certificateAuthorities: authorities)
            try await withTransport(settings) { transport in
                #expect(await transport.failure(of: "https://127.0.0.1:\(port)/")?.kind == .cannotConnect)
                let response = try await transport.get("https://localhost:\(port)/")
                #expect(response.status == 200)
            }
        }
    }

    @Test(.enabled(if: isExecutable(openssl), "needs the openssl command"))
    func `TLS before version 1_2 is refused`() async throws {
        // Security level 0, or OpenSSL itself would not offer the old version.
        let old = ["s_server", "-www", "-quiet", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]
        try await withTLSServer(old) { port, authorities in
            let settings = CurlSettings(userAgent: "jitcleanup/test", certificateAuthorities: authorities)
            try await withTransport(settings) { transport in
                #expect(await transport.failure(of: "https://localhost:\(port)/")?.kind == .cannotConnect)
            }
        }
    }

    @Test(.enabled(if: isExecutable(openssl) && isExecutable(nghttpd), "needs nghttpd (Debian nghttp2-server)"))
    func `HTTP version 2 carries many requests at once`() async throws {
        try await withTLSServer(command: nghttpd, []) { port, authorities in
            let settings = CurlSettings(userAgent: "jitcleanup/test", certificateAuthorities: authorities)
            try await withTransport(settings) { transport in
                let statuses = await withTaskGroup(of: Int?.self) { group in
                    for _ in 0..<500 {
                        group.addTask {
                            let body = [UInt8]("{}".utf8)
                            let request = TransportRequest(
                                .post,
                                "https://localhost:\(port)/absent",
                                body: body,
                                limits: amply
                            )
                            return try? await transport.send(request).status
                        }
                    }
                    return await group.reduce(into: Set()) { $0.insert($1) }
                }
                // The server speaks nothing but HTTP/2.
                #expect(statuses == [404])
            }
        }
    }
}

/// Runs the body with a TLS server that has a fresh certificate for `localhost`, made by nobody but itself.
private func withTLSServer(
    command: String = openssl,
    _ arguments: [String],
    _ body: @Sendable @escaping (_ port: UInt16, _ authorities: String) async throws -> Void
) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "jitcleanup-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    let (key, certificate) = (directory.appending(path: "key").path, directory.appending(path: "certificate").path)
    let made = try await run(
        .path(FilePath(openssl)),
        arguments: [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ],
        output: .discarded,
        error: .discarded
    )
    try #require(made.terminationStatus.isSuccess)
    let port = try unusedPort()
    let address =
        command == openssl
        ? ["-accept", "\(port)", "-key", key, "-cert", certificate] : ["-a", "127.0.0.1", "\(port)", key, certificate]
    _ = try await run(
        .path(FilePath(command)),
        arguments: Arguments(arguments + address),
        input: .none,
        output: .discarded,
        error: .discarded
    ) { server in
        let result: Result<Void, any Error>
        do {
            try await waitUntil { isListening(port) }
            result = .success(try await body(port, certificate))
        } catch { result = .failure(error) }
        try server.send(signal: .kill)
        try result.get()
    }
}

/// A port that was free a moment ago, and is not one that the system gives to others.
private func unusedPort() throws -> UInt16 {
    while true {
        guard let listener = try? Listener(port: .random(in: 20_000..<32_000)) else { continue }
        close(listener.descriptor)
        return listener.port
    }
}

private func isExecutable(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
