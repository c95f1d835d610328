import Glibc
import TestSupport
import Testing

@testable import HTTPTransport

@Suite struct CurlTransportLifetimeTests {
    @Test func `cancelling the task ends a transfer`() async throws {
        try await withServer({ _ in .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") }) { server in
            try await withTransport { transport in
                let task = Task { await transport.failure(of: server.url) }
                var arrivals = server.arrivals.makeAsyncIterator()
                _ = await arrivals.next()
                task.cancel()
                #expect(await task.value == .cancelled)
            }
        }
    }

    @Test func `a task that is already cancelled sends nothing`() async throws {
        try await withServer({ _ in .answer(200) }) { server in
            try await withTransport { transport in
                let task = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return await transport.failure(of: server.url)
                }
                task.cancel()
                #expect(await task.value == .cancelled)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `cancelling at any moment leaves every caller with an outcome`() async throws {
        try await withServer({ _ in .answer(200) }) { server in
            try await withTransport { transport in
                for round in 0..<300 {
                    let task = Task { try await transport.get(server.url) }
                    for _ in 0..<(round % 30) { await Task.yield() }
                    task.cancel()
                    switch await task.result {
                    case .success(let response): #expect(response.status == 200)
                    case .failure(let error): #expect(error as? TransportError == .cancelled)
                    }
                }
            }
        }
    }

    @Test func `stopping ends what is in flight and refuses what comes later`() async throws {
        try await withServer({ _ in .hang }) { server in
            let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup/test"))
            let outcomes = await withTaskGroup(of: TransportError?.self) { group in
                let url = server.url
                for _ in 0..<8 { group.addTask { await transport.failure(of: url) } }
                var arrivals = server.arrivals.makeAsyncIterator()
                for _ in 0..<8 { _ = await arrivals.next() }
                await transport.stop()
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == [TransportError?](repeating: .cancelled, count: 8))
            #expect(await transport.failure(of: server.url) == .cancelled)
            await transport.stop()
            #expect(await transport.failure(of: server.url) == .cancelled)
        }
    }

    @Test func `stopping at any moment leaves every caller with an outcome`() async throws {
        try await withServer({ _ in .answer(200) }) { server in
            for round in 0..<30 {
                let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup/test"))
                let isFair = await withTaskGroup(of: Bool.self) { group in
                    let url = server.url
                    for _ in 0..<40 {
                        group.addTask {
                            do {
                                return try await transport.get(url).status == 200
                            } catch {
                                return error as? TransportError == .cancelled
                            }
                        }
                    }
                    for _ in 0..<2 {
                        group.addTask {
                            for _ in 0..<(round * 3) { await Task.yield() }
                            await transport.stop()
                            return true
                        }
                    }
                    return await group.allSatisfy { $0 }
                }
                #expect(isFair)
            }
        }
    }

    @Test func `a transport that is only dropped takes its thread with it`() async {
        await #expect(processExitsWith: .success) {
            try await withServer({ _ in .answer(200) }) { server in
                for _ in 0..<60 {
                    let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup/test"))
                    let response = try await transport.get(server.url)
                    #expect(response.status == 200)
                }
            }
            let start = ContinuousClock.now
            while threadCount() >= 40, ContinuousClock.now - start < .seconds(20) { usleep(10_000) }
            #expect(threadCount() < 40)
        }
    }
}

/// The number of this process's threads: one directory entry each, besides `.` and `..`.
private func threadCount() -> Int {
    // The directory is closed before the function returns, and nothing of it is kept.
    guard let directory = unsafe opendir("/proc/self/task") else { return .max }
    defer { unsafe closedir(directory) }
    var count = -2
    while unsafe readdir(directory) != nil { count += 1 }
    return count
}
