internal import ArgumentParser
internal import GoogleCloud
internal import Service
internal import SystemPackage

/// Writes a command's result to standard output, and notes to standard error.
enum CommandOutput {
    /// Writes the whole text to standard output.
    ///
    /// - Throws: Exit code 1, with a note on standard error, if writing fails: a missing result must not look like an
    ///   empty one.
    static func write(_ text: String) throws {
        do {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                // The pointer is used within the closure only.
                let written = try unsafe rest.withUnsafeBytes { unsafe try FileDescriptor.standardOutput.write($0) }
                rest = rest.dropFirst(written)
            }
        } catch {
            note("jitcleanup: standard output: \(error)")
            throw ExitCode.failure
        }
    }

    /// Writes a line to standard error, with control characters escaped.
    static func note(_ line: String) { ProcessEnvironment.printError(line.escaped) }
}
