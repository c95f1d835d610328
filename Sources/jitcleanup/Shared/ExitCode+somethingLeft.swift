internal import ArgumentParser
internal import Service

extension ExitCode {
    /// Expired bindings are there that were not removed: of `list`, and of a dry run.
    static let somethingLeft = ExitCode(2)
    /// The command line or the settings are wrong (`EX_USAGE` of `sysexits.h`).
    static let usage = ExitCode(EX.usage)
}
