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
            try FileDescriptor.standardOutput.writeAll(text.utf8)
        } catch {
            note("jitcleanup: standard output: \(error)")
            throw ExitCode.failure
        }
    }

    /// Writes a line to standard error, with control characters escaped.
    static func note(_ line: String) { ProcessEnvironment.printError(line.escaped) }
}
