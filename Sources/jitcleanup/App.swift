internal import ArgumentParser
internal import Service

/// The command line.
///
/// Exit codes: 0 done, 1 failed, 2 something is left to do, 64 usage or settings.
@main
struct Jitcleanup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jitcleanup",
        abstract: "Removes JIT Access bindings from Google Cloud projects once they have expired.",
        discussion: """
            Without a command it serves: Pub/Sub pushes JIT Access's messages to POST /push, and each activation \
            that has ended is cleaned from its project's IAM policy. Settings come from environment variables; \
            deploy/README.md explains them.

            Examples:
              jitcleanup list --under organizations/123456789012    # temporary bindings
              jitcleanup sweep --project my-project --dry-run       # what would be removed
              jitcleanup explain message.json                       # what it would cause
              jitcleanup --generate-completion-script bash          # also zsh and fish

            Exit codes: 0 done, 1 failed, 2 something is left to do (list, and sweep --dry-run), 64 usage or settings.
            """,
        version: programVersion,
        subcommands: [Serve.self, Sweep.self, List.self, Explain.self],
        defaultSubcommand: Serve.self
    )
}
