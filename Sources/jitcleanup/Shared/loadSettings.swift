internal import ArgumentParser
internal import Service

/// Reads settings from the process's environment.
///
/// - Throws: Exit code 64, with all faults on standard error.
func loadSettings<Value>(_ read: ([String: String]) throws(SettingsFaults) -> Value) throws -> Value {
    do throws(SettingsFaults) {
        return try read(ProcessEnvironment.variables)
    } catch {
        ProcessEnvironment.printError("jitcleanup cannot start: its settings are wrong")
        for line in error.lines { CommandOutput.note("  \(line)") }
        throw ExitCode.validationFailure
    }
}

extension CommandSettings {
    /// Loads a command's settings from the environment.
    ///
    /// - Throws: Exit code 64, with all faults on standard error.
    static func load() throws -> CommandSettings {
        try loadSettings { environment throws(SettingsFaults) in
            try CommandSettings(environment: environment, isTerminal: ProcessEnvironment.isErrorTerminal)
        }
    }
}
