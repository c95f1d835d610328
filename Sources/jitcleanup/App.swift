internal import ArgumentParser

/// The command line.
///
/// Exit codes: 0 done, 1 failed, 2 something is left to do, 64 usage or settings.
@main
struct Jitcleanup: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "jitcleanup",
        abstract: "Removes JIT Access bindings from Google Cloud projects once they have expired.",
        discussion: """
            Without a command it serves: Pub/Sub pushes JIT Access's messages to POST /push, and each activation \
            that has ended is cleaned from its project's IAM policy. Settings come from environment variables; \
            README explains them.
            """,
        version: version,
        subcommands: [Serve.self, Demo.self, Explain.self],
        defaultSubcommand: Serve.self
    )
}
