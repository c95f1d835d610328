#if canImport(Glibc)
    internal import Glibc
#endif

/// The process's surroundings.
package enum ProcessEnvironment {
    /// The environment variables; of one that is set twice, the first.
    package static var variables: [String: String] {
        var result: [String: String] = [:]
        var cursor = unsafe environ
        // `environ` ends with a null pointer, and each of its strings with a zero byte.
        while let entry = unsafe cursor.pointee {
            let text = unsafe String(cString: entry)
            // By bytes: an equals sign with a combining character behind it is one as well.
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

    /// Lets a write to a pipe whose reader is gone fail, instead of ending the process there and then.
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

/// Exit codes of `sysexits.h`.
package enum EX {
    /// `EX_USAGE`: the command line or the settings are wrong.
    package static let usage: Int32 = 64
}
