import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCloud
import Subprocess
import Synchronization
import Testing
import Timestamps

/// How long the soak goes on; nil for not at all.
private let soakSeconds = ProcessInfo.processInfo.environment["SOAK_SECONDS"].flatMap { Int($0) }

/// What `Tests/Benchmarks/soak` runs: mixed traffic and faults for a long time, and then nothing may have grown.
@Suite("Soak", .enabled(if: soakSeconds != nil, "Tests/Benchmarks/soak sets SOAK_SECONDS"))
struct SoakTests {
    /// What the process may have more of at the end: memory that the allocator does not give back, and a few
    /// connections to Google's stand-in.
    private static let mostKilobytes = 16 * 1024
    private static let mostDescriptors = 8
    private static let mostThreads = 3

    /// What a process takes while nothing goes on.
    private struct Footprint {
        var kilobytes = 0
        var descriptors = 0
        var threads = 0

        init(_ process: pid_t) throws {
            let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let number = line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
                if line.hasPrefix("VmRSS:") { kilobytes = number ?? 0 }
                if line.hasPrefix("Threads:") { threads = number ?? 0 }
            }
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
            descriptors = open.count
        }

        func print(_ when: String) {
            let line = "\(when): \(kilobytes) kB resident, \(descriptors) descriptors, \(threads) threads"
            Swift.print(line)
        }
    }

    @Test func `mixed traffic and faults leave memory, descriptors and threads as they were`() async throws {
        let seconds = try #require(soakSeconds)
        let settings = ["MAX_CONNECTIONS": "100", "REQUEST_TIMEOUT_SECONDS": "5", "LOG_LEVEL": "notice"]
        try await onStage { stage async throws in
            let status = try await withProgram(stage, settings) { program, process async throws in
                let traffic = SoakTraffic(program)
                // Everything that is needed once is there after a quarter of the time, or half a minute.
                try await traffic.run(for: .seconds(min(30, max(10, seconds / 4))))
                try await Task.sleep(for: .seconds(4))
                let start = try Footprint(process)
                start.print("At the start")
                try await traffic.run(for: .seconds(seconds))
                try await Task.sleep(for: .seconds(4))
                let end = try Footprint(process)
                end.print("At the end")
                print("Answers: \(traffic.summary)")
                #expect(end.kilobytes - start.kilobytes <= Self.mostKilobytes)
                #expect(end.descriptors - start.descriptors <= Self.mostDescriptors)
                #expect(end.threads - start.threads <= Self.mostThreads)
                // It was a mix, and it works as ever.
                #expect(Set([204, 401, 403, 425, 500]).isSubset(of: traffic.statuses))
                stage.cloud.faults.clear()
                #expect(try await program.push(activation().message(.selfApproved)).status == 204)
            }
            #expect(status == .exited(0))
        }
    }
}
