internal import Glibc

/// Access to the process's environment variables, signals and standard error.
package enum ProcessEnvironment {
    /// The environment variables; if one is set twice, the first value wins.
    package static var variables: [String: String] {
        var result: [String: String] = [:]
        var cursor = unsafe environ
        // `environ` ends with a null pointer; each of its strings is NUL-terminated.
        while let entry = unsafe cursor.pointee {
            let text = unsafe String(cString: entry)
            // Compares bytes: an equals sign followed by a combining character still separates.
            if let split = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(text[..<split])
                if result[name] == nil { result[name] = String(text[text.utf8.index(after: split)...]) }
            }
            unsafe cursor += 1
        }
        return result
    }

    /// Whether standard error is a terminal.
    package static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Ignores SIGPIPE, so that a write to a pipe without a reader fails instead of killing the process.
    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Writes a line to standard error.
    package static func printError(_ line: String) {
        writeError(Array((line + "\n").utf8))
    }

    /// Writes bytes to standard error.
    package static func writeError(_ bytes: [UInt8]) {
        LogOutput.write(bytes, to: STDERR_FILENO)
    }
}
