internal import ArgumentParser
internal import Service

extension ExitCode {
    /// Expired bindings remain: from `list`, and from a dry run of `sweep`.
    static let somethingLeft = ExitCode(2)
    /// The command line or the settings are wrong (`EX_USAGE` of `sysexits.h`).
    static let usage = ExitCode(EX.usage)
}
