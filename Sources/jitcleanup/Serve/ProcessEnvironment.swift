#if canImport(Glibc)
    internal import Glibc
#endif

/// The process's surroundings.
enum ProcessEnvironment {
    /// The environment variables; of one that is set twice, the first.
    static var variables: [String: String] {
        var result: [String: String] = [:]
        var cursor = unsafe environ
        // `environ` ends with a null pointer, and each of its strings with a zero byte.
        while let entry = unsafe cursor.pointee {
            let text = unsafe String(cString: entry)
            if let split = text.firstIndex(of: "="), result[String(text[..<split])] == nil {
                result[String(text[..<split])] = String(text[text.index(after: split)...])
            }
            unsafe cursor += 1
        }
        return result
    }

    /// Writes a line to standard error.
    static func printError(_ line: String) {
        LogOutput.write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }
}

/// Exit codes of `sysexits.h`.
enum EX {
    /// `EX_USAGE`: the command line or the settings are wrong.
    static let usage: Int32 = 64
}
