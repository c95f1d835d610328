import Base64
import Foundation
import LocalCloud
import LosslessJSON
import TestSupport
import Testing

@testable import Service
@testable import jitcleanup_demo

private let tools = EmulatorTools.find(path: ProcessEnvironment.variables["PATH"] ?? "")

@Suite("Explain, as a process", .timeLimit(.minutes(3)))
struct ExplainTests {
    @Test func `a file that was not understood ends with 1, its name, and no verdict`() async throws {
        try await onCommandStage { stage async throws in
            let message = String(decoding: activation().message(.selfApproved).data, as: UTF8.self)
            let policy = #"{"version":3,"bindings":[]}"#
            try await withTemporaryFolder { folder in
                let file = "\(folder)/message.json"
                for (content, arguments, note) in [
                    ("", [file], "\(file): it is empty"),
                    (message, [file, "--policy", "-"], "standard input: not a resource's policy; it looks like"),
                ] {
                    try Data(content.utf8).write(to: URL(filePath: file))
                    let result = try await stage.run(["explain"] + arguments, input: policy)
                    #expect(result.code == 1)
                    #expect(result.output.isEmpty)
                    #expect(result.errors.contains(note), "\(result.errors)")
                }
            }
        }
    }

    @Test func `one policy is not taken for that of several resources`() async throws {
        try await onCommandStage { stage async throws in
            let messages = ["shop-production", "data-warehouse"].map { project in
                let data = activation(project: project).message(.selfApproved).data
                return #"{"message":{"data":"\#(Base64.encode(data))"}}"#
            }
            try await withTemporaryFolder { folder in
                let policy = "\(folder)/policy.json"
                try Data(#"{"version":3,"etag":"BwX=","bindings":[]}"#.utf8).write(to: URL(filePath: policy))
                let input = "[\(messages.joined(separator: ","))]"
                let result = try await stage.run("explain", "-", "--policy", policy, input: input)
                #expect(result.code == 1)
                #expect(result.errors.contains("standard input: its messages are about 2 resources"))
                let without = try await stage.run("explain", "-", input: input)
                #expect(without.code == 0)
                #expect(without.output.hasPrefix("Message 1 of 2\n\n1. Input: a pulled message"))
                #expect(without.output.contains("\nMessage 2 of 2\n\n1. Input: a pulled message"))
            }
        }
    }

    @Test(
        .enabled(if: tools != nil, "\(EmulatorTools.advice)")
    )
    func `what the real gcloud pulls is explained with the attributes, whatever alphabet its base64 is in`()
        async throws
    {
        let tools = try #require(tools)
        try await withTemporaryFolder { folder in
            try await withPubSubEmulator(tools, folder: folder) { emulator in
                try await emulator.gcloud("pubsub", "topics", "create", "jit-access")
                try await emulator.gcloud("pubsub", "subscriptions", "create", "kept", "--topic=jit-access")
                // As base64, the question marks have a digit in which the alphabets differ.
                let data = String(decoding: activation("a???@example.com").message(.binding).data, as: UTF8.self)
                let attribute = "--attribute=origin=jit-binding"
                try await emulator.gcloud("pubsub", "topics", "publish", "jit-access", "--message=\(data)", attribute)
                let printed = try await emulator.gcloud("pubsub", "subscriptions", "pull", "kept", "--format=json")
                // Behind warnings, if any.
                let list = String(printed[(printed.firstIndex(of: "[") ?? printed.endIndex)...])
                let pulled = try json(list).root.elements?.first?["message"]?["data"]?.string
                #expect(pulled?.contains("_") == true, "\(list)")
                try await onCommandStage { stage async throws in
                    let result = try await stage.run("explain", "-", input: list)
                    #expect(result.code == 0, "\(result.errors)")
                    #expect(result.output.contains("1. Input: a pulled message"))
                    #expect(result.output.contains("2. Message: a temporary grant (a build of 2023)"))
                    #expect(result.output.contains("to user:a???@example.com"))
                }
            }
        }
    }
}
