internal import Base64
internal import FoundationEssentials
internal import LocalCloud
internal import UnixSignals

/// `--keep-running`: commands to try, until Ctrl-C.
struct DemoInvitation: Sendable {
    let cloud: LocalCloud
    let pubSub: any DemoPubSub
    let port: Int
    let screen: DemoScreen

    /// The service's program, which is built into the same folder as this one.
    private static var program: String {
        let own = CommandLine.arguments.first ?? ""
        return own.hasSuffix("-demo") ? String(own.dropLast("-demo".count)) : "jitcleanup"
    }

    /// Prints the commands and waits for SIGINT or SIGTERM.
    func wait() async {
        screen.title("Still running: the push endpoint on port \(port), Google's stand-in on port \(cloud.port)")
        screen.say("\n# Is the service well?\ncurl -i http://127.0.0.1:\(port)/health")
        screen.say("\n# A push without a token is refused:")
        screen.say("curl -i -X POST -H 'Content-Type: application/json' -d '{}' http://127.0.0.1:\(port)/push")
        if let token = try? cloud.keys.mint(
            audience: cloud.options.pushIdentity.audience,
            email: cloud.options.pushIdentity.email
        ) {
            let data = Base64.encode(Array(#"{"hello":"world"}"#.utf8))
            screen.say(
                "\n# With a token of the stand-in (good for an hour) a message from another publisher is ignored:"
            )
            screen.say("TOKEN=\(token)")
            screen.say(
                """
                curl -i -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
                -d '{"message":{"data":"\(data)","messageId":"1"},"subscription":"x"}' http://127.0.0.1:\(port)/push
                """
            )
        }
        screen.say("\n# The policy as it is now:")
        screen.say(
            """
            curl -s -X POST -H "Authorization: Bearer \(cloud.metadata.accessToken())" \
            -H 'Content-Type: application/json' -d '{"options":{"requestedPolicyVersion":3}}' \
            \(cloud.baseURL)/v3/projects/\(DemoScene.project):getIamPolicy
            """
        )
        screen.say("\n# Publish, and replay (each message comes again, and nothing happens twice):")
        for command in pubSub.commands { screen.say(command) }
        screen.say("\n# Point another jitcleanup at the stand-in:")
        // Prevents the use of real credentials there.
        let token = ["GOOGLE_OAUTH_ACCESS_TOKEN": cloud.metadata.accessToken()]
        let variables = cloud.environment.merging(token) { $1 }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
        screen.say("export \(variables.joined(separator: " "))")
        screen.say("\n# And there: what is in the organization's policies, and what a sweep would remove, and removes:")
        DemoOrganization.make(in: cloud)
        for command in ["list", "sweep --dry-run", "sweep"] {
            screen.say("\(Self.program) \(command) --under \(DemoOrganization.name) --titles '*'")
        }
        do {
            // The files are useful only while the stand-in runs.
            try await withTemporaryFolder { folder in
                try offerCredentials(folder)
                await waitForSignal()
            }
        } catch {
            screen.say("# ... there are no credential files: \(error)")
            await waitForSignal()
        }
    }

    private func offerCredentials(_ folder: String) throws {
        try write(Array(cloud.tokens.subjectToken.utf8), "\(folder)/subject-token")
        screen.say("\n# ... with credentials of a file, one of these, instead of the token:")
        screen.say("unset GOOGLE_OAUTH_ACCESS_TOKEN")
        for kind in CredentialKind.allCases {
            let path = "\(folder)/\(kind.rawValue).json"
            try write(cloud.credentialFile(kind, subjectTokenFile: "\(folder)/subject-token"), path)
            screen.say("export GOOGLE_APPLICATION_CREDENTIALS=\(path)")
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    private func waitForSignal() async {
        screen.say("\nCtrl-C ends it.")
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
    }
}
