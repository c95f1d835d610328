internal import Glibc
internal import Subprocess
internal import SystemPackage

/// The real Pub/Sub emulator, running.
package struct PubSubEmulator: Sendable {
    /// The project whose topics and subscriptions there are.
    package static let project = "jit-cleanup-demo"

    /// `127.0.0.1:PORT`.
    package let address: String
    private let tools: EmulatorTools
    private let configuration: String

    fileprivate init(address: String, tools: EmulatorTools, configuration: String) {
        self.address = address
        self.tools = tools
        self.configuration = configuration
    }

    /// The environment variables that point `gcloud` at the emulator.
    package var gcloudEnvironment: [(name: String, value: String)] {
        [
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB", "http://\(address)/"),
            ("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true"),
            ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
            ("CLOUDSDK_CORE_PROJECT", Self.project),
            ("CLOUDSDK_CONFIG", configuration),
        ]
    }

    /// Runs `gcloud` with the given arguments against the emulator and returns what it prints.
    ///
    /// - Throws: ``EmulatorError/gcloudFailed(_:)`` with its output if it ends with an error.
    @discardableResult
    package func gcloud(_ arguments: String...) async throws -> String {
        let settings = gcloudEnvironment.map { (Environment.Key(stringLiteral: $0.name), Optional($0.value)) }
        let result = try await run(
            .path(FilePath(tools.gcloud)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(settings) { $1 }),
            output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        let output = result.standardOutput
        guard result.terminationStatus.isSuccess else {
            throw EmulatorError.gcloudFailed("gcloud \(arguments.joined(separator: " ")): \(output)")
        }
        return output
    }
}

/// Why the emulator could not be used.
package enum EmulatorError: Error, Equatable, Sendable {
    /// It exited, or did not report being ready in time; with its output.
    case notStarted(String)
    /// A `gcloud` command failed; with its output.
    case gcloudFailed(String)
}

/// Runs the real Pub/Sub emulator while a closure runs, and ends it before it returns.
///
/// - Parameters:
///   - tools: Where the emulator is.
///   - folder: An existing folder for `gcloud`'s settings and the emulator's data.
///   - body: What is done with the emulator.
/// - Returns: What the closure returns.
/// - Throws: ``EmulatorError``, and what the closure throws.
package func withPubSubEmulator<Value: Sendable>(
    _ tools: EmulatorTools,
    folder: String,
    _ body: @Sendable (PubSubEmulator) async throws -> Value
) async throws -> Value {
    let port = try freePort()
    let result = try await run(
        .path(FilePath(tools.emulator)),
        arguments: ["--host=127.0.0.1", "--port=\(port)", "--data-dir=\(folder)"],
        input: .none,
        output: .sequence,
        error: .combinedWithOutput
    ) { execution in
        let (started, signal) = AsyncStream.makeStream(of: Result<Void, EmulatorError>.self)
        return await withTaskGroup(of: Void.self) { group -> Result<Value, any Error> in
            group.addTask {
                // Keeps reading after startup: the emulator would block once the pipe is full.
                var printed: String? = ""
                do {
                    for try await line in execution.standardOutput.strings() {
                        printed? += line
                        guard printed?.contains("Server started, listening on") == true else { continue }
                        printed = nil
                        signal.yield(.success(()))
                    }
                } catch {
                    printed? += "\(error)"
                }
                if let printed { signal.yield(.failure(.notStarted(printed))) }
            }
            let outcome: Result<Value, any Error>
            do {
                var starting = started.makeAsyncIterator()
                try await starting.next()?.get()
                let emulator = PubSubEmulator(address: "127.0.0.1:\(port)", tools: tools, configuration: folder)
                outcome = .success(try await body(emulator))
            } catch {
                outcome = .failure(error)
            }
            await execution.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))])
            return outcome
        }
    }
    return try result.closureResult.get()
}

/// A free port on the loopback interface: the emulator does not report which port it took.
private func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // The pointers are to locals that outlive the calls.
    let hasPort = unsafe withUnsafeMutablePointer(to: &address) { address in
        unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            unsafe bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
        }
    }
    guard hasPort else { throw EmulatorError.notStarted("there is no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
