import HTTPTransport
import LocalCloud
import LosslessJSON
import Subprocess
import SystemPackage
import TestSupport

/// How the program ended, and what it wrote.
struct CommandResult: Sendable {
    let code: Int32
    let output: String
    let errors: String

    func json() throws -> JSONValue { try TestSupport.json(output).root }
}

/// Google's stand-in, and the program as a process beside it.
struct CommandStage: Sendable {
    /// An organization with a folder in a folder.
    static let organization = "organizations/123456789012"
    static let outer = "folders/1"
    static let inner = "folders/2"

    let cloud: LocalCloud

    /// The program beside the test runner: both are built into the same folder.
    static let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")

    /// The program's environment: the stand-in's, a grace of 1 s, and what is changed.
    func environment(_ changes: [String: String] = [:]) -> Environment {
        let own = ["EXPIRY_GRACE_SECONDS": "1"]
        let variables = cloud.environment.merging(own) { $1 }.merging(changes) { $1 }
        return .custom(Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) }))
    }

    /// Runs the program to its end.
    func run(_ arguments: String..., settings: [String: String] = [:], input: String = "") async throws -> CommandResult
    {
        try await run(arguments, settings: settings, input: input)
    }

    /// Runs the program to its end.
    func run(_ arguments: [String], settings: [String: String] = [:], input: String = "") async throws -> CommandResult
    {
        let result = try await Subprocess.run(
            .path(Self.program),
            arguments: Arguments(arguments),
            environment: environment(settings),
            input: .string(input),
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 22)
        )
        return CommandResult(
            code: Self.code(result.terminationStatus),
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    /// The exit code; -1 where a signal ended the process.
    static func code(_ status: TerminationStatus) -> Int32 {
        if case .exited(let code) = status { code } else { -1 }
    }

    /// Makes a project with the bindings of these activations.
    func make(_ project: String, in parent: String? = nil, _ activations: [LocalActivation]) throws {
        try cloud.resourceManager.setPolicy(project, LocalPolicy.policy(activations.flatMap(\.bindings)))
        if let parent { cloud.hierarchy.addProject(project, in: parent) }
    }

    /// How many bindings a project's policy has.
    func bindingCount(_ project: String) -> Int {
        cloud.resourceManager.policy(project)?.root["bindings"]?.elements?.count ?? 0
    }
}

/// Sets the stage, runs a test on it, and clears it.
func onCommandStage(_ body: @Sendable (CommandStage) async throws -> Void) async throws {
    var options = LocalCloudOptions()
    options.signingKeys = Array(try stageKeys.get().prefix(1))
    try await withTransport { [options] transport in
        try await withLocalCloud(options, transport: transport) { cloud in
            cloud.hierarchy.addOrganization(CommandStage.organization)
            cloud.hierarchy.addFolder(CommandStage.outer, in: CommandStage.organization)
            cloud.hierarchy.addFolder(CommandStage.inner, in: CommandStage.outer)
            try await body(CommandStage(cloud: cloud))
        }
    }
}
