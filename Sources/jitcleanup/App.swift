internal import ArgumentParser
internal import Service

/// The `jitcleanup` command and its subcommands.
///
/// Exit codes: 0 done, 1 failed, 2 something is left to do, 64 usage or settings error.
@main
struct Jitcleanup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jitcleanup",
        abstract: "Removes expired IAM bindings from Google Cloud policies.",
        discussion: """
            Without a command it serves: Pub/Sub pushes messages to POST /push, and expired bindings in scope \
            are removed from the policies. Settings come from environment variables; \
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
