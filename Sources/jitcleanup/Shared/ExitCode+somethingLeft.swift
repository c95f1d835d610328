internal import ArgumentParser

extension ExitCode {
    /// Expired bindings remain: from `list`, and from a dry run of `sweep`.
    static let somethingLeft = ExitCode(2)
}
