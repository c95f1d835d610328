import LocalCloud
import Testing

@Suite("Help, version and explain, as a process", .timeLimit(.minutes(2)))
struct HelpTests {
    @Test(arguments: ["serve", "sweep", "list", "explain"])
    func `each command has a help with examples`(command: String) async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run(command, "--help")
            #expect(result.code == 0)
            #expect(result.output.contains("Example"))
            #expect(result.output.contains("jitcleanup \(command)"))
        }
    }

    @Test func `the program has a help, and names its commands and exit codes`() async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run("--help")
            for word in ["serve", "sweep", "list", "explain", "Exit codes"] {
                #expect(result.output.contains(word))
            }
            #expect(try await stage.run("--version").output.firstMatch(of: /^[0-9]+\.[0-9]+\.[0-9]+\n$/) != nil)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a completion script knows the commands`(shell: String) async throws {
        try await onCommandStage { stage async throws in
            let result = try await stage.run("--generate-completion-script", shell)
            #expect(result.code == 0)
            for word in ["sweep", "explain", "dry-run", "within-grace"] { #expect(result.output.contains(word)) }
        }
    }

    @Test func `explain reads standard input and calls nothing`() async throws {
        try await onCommandStage { stage async throws in
            let message = activation().message(.binding)
            let result = try await stage.run(
                "explain",
                "-",
                "--origin",
                "jit-binding",
                input: String(decoding: message.data, as: UTF8.self)
            )
            #expect(result.code == 0)
            #expect(result.output.contains("2. Message: a temporary grant (a build of 2023)"))
            #expect(stage.cloud.requests.records.isEmpty)
        }
    }

    @Test func `a file that is not there ends explain with 1, and a senseless command line with 64`() async throws {
        try await onCommandStage { stage async throws in
            let missing = try await stage.run("explain", "/nowhere/message.json")
            #expect(missing.code == 1)
            #expect(missing.errors.contains("/nowhere/message.json"))
            for arguments in [
                ["explain"], ["explain", "-", "--policy", "-"], ["explain", "-", "--at", "noon"],
            ] {
                #expect(try await stage.run(arguments).code == 64)
            }
        }
    }
}
