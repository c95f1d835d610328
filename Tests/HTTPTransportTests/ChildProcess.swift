import Glibc
import Testing

/// A command that a test needs, without its output.
struct ChildProcess {
    private let process: pid_t

    init(_ path: String, _ arguments: [String]) throws {
        var process: pid_t = 0
        // The C strings and the actions are freed after the call, which copies them.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for output in [STDOUT_FILENO, STDERR_FILENO] {
            unsafe posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
        }
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("PATH=/usr/bin:/bin"), nil]
        defer { unsafe free(environment[0]) }
        try #require(unsafe posix_spawn(&process, path, &actions, nil, &words, &environment) == 0)
        self.process = process
    }

    /// Waits for the end; the status as the kernel has it, 0 for success.
    func wait() -> Int32 {
        var status: Int32 = 0
        // The pointer is to a local that outlives the call.
        _ = unsafe waitpid(process, &status, 0)
        return status
    }

    /// Ends it.
    func stop() {
        kill(process, SIGKILL)
        _ = wait()
    }
}

func isExecutable(_ path: String) -> Bool {
    unsafe access(path, X_OK) == 0
}

/// A port that was free a moment ago, and is not one that the system gives to others.
func unusedPort() throws -> UInt16 {
    for _ in 0..<100 {
        guard let listener = try? Listener(port: .random(in: 20_000..<32_000)) else { continue }
        close(listener.descriptor)
        return listener.port
    }
    throw NoPort()
}

private struct NoPort: Error {}

/// Returns when something accepts connections at the port.
func waitForListener(_ port: UInt16) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    for _ in 0..<500 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        // The pointer is to a local that outlives the call.
        let isConnected = unsafe withUnsafePointer(to: address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return }
        usleep(20_000)
    }
    Issue.record("nothing listens at port \(port)")
}

func temporaryDirectory() throws -> String {
    var template = Array("/tmp/jitcleanup-test-XXXXXX".utf8CString)
    // The array outlives the call, which fills in the name.
    try #require(unsafe mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func removeDirectory(_ directory: String, files: [String]) {
    for file in files { unsafe unlink("\(directory)/\(file)") }
    unsafe rmdir(directory)
}
