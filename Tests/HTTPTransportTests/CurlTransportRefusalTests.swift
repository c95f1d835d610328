import Glibc
import TestSupport
import Testing

@testable import HTTPTransport

@Suite struct CurlTransportRefusalTests {
    @Test func `a request that must not be sent is not sent`() async throws {
        try await withServer({ _ in .answer(200) }) { server in
            try await withTransport { transport in
                let port = server.port
                #expect(await transport.failure(of: "http://127.0.0.1.nip.io:\(port)/")?.kind == .invalidRequest)
                #expect(await transport.failure(of: "gopher://127.0.0.1:\(port)/")?.kind == .invalidRequest)
                let injected = TransportRequest(.get, server.url, headers: [("x-a", "b\r\nx-c: d")], limits: amply)
                #expect(await transport.failure(of: injected)?.kind == .invalidRequest)
                let bodyOnGet = TransportRequest(.get, server.url, body: [1], limits: amply)
                #expect(await transport.failure(of: bodyOnGet)?.kind == .invalidRequest)
                let late = TransportLimits(connect: .seconds(1), total: .zero, responseBytes: 1)
                #expect(await transport.failure(of: server.url, limits: late) == .cannotConnect("no time left"))
            }
            #expect(server.connections == 0)
        }
    }

    @Test func `a port where nobody listens means that nothing was sent`() async throws {
        let unused = try Listener(listens: false)
        defer { close(unused.descriptor) }
        try await withTransport { transport in
            let error = try #require(await transport.failure(of: "http://127.0.0.1:\(unused.port)/secret?token=secret"))
            #expect(error.kind == .cannotConnect)
            #expect(!error.mayHaveBeenSent)
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test func `a name that does not exist means that nothing was sent`() async throws {
        try await withTransport { transport in
            let limits = TransportLimits(connect: .seconds(2), total: .seconds(5), responseBytes: 1)
            #expect(await transport.failure(of: "https://nowhere.invalid/", limits: limits)?.kind == .cannotConnect)
        }
    }

    @Test func `a TLS handshake that does not end in time means that nothing was sent`() async throws {
        try await withServer({ _ in .hang }) { server in
            try await withTransport { transport in
                let limits = TransportLimits(connect: .milliseconds(200), total: .seconds(20), responseBytes: 1)
                let start = ContinuousClock.now
                let error = await transport.failure(of: "https://127.0.0.1:\(server.port)/", limits: limits)
                #expect(error?.kind == .cannotConnect)
                #expect(ContinuousClock.now - start < .seconds(10))
            }
        }
    }

    @Test func `a server that never answers runs into the time limit`() async throws {
        try await withServer({ _ in .hang }) { server in
            try await withTransport { transport in
                let limits = TransportLimits(connect: .seconds(20), total: .seconds(1), responseBytes: 1)
                let start = ContinuousClock.now
                #expect(await transport.failure(of: server.url, limits: limits) == .timedOut)
                #expect((.seconds(1)..<(.seconds(20))).contains(ContinuousClock.now - start))
            }
        }
    }

    @Test(arguments: [
        ScriptedServer.Reply.cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        .cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
        .cut("HTTP/1.1 200 OK\r\nContent-Le"), .cut(""), .reset, .cut("not HTTP at all\r\n\r\n"),
    ])
    func `an answer that is cut is no answer`(reply: ScriptedServer.Reply) async throws {
        try await withServer({ _ in reply }) { server in
            try await withTransport { transport in
                let error = try #require(await transport.failure(of: server.url))
                #expect(error.kind == .interrupted)
                #expect(error.mayHaveBeenSent)
            }
        }
    }

    @Test func `an answer of the largest size is taken and one byte more is refused`() async throws {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n7890a\r\n0\r\n\r\n"
        let replies: [String: ScriptedServer.Reply] = [
            "/announced": .answer(200, body: "1234567890a"),
            // libcurl must not wait for the body of such an answer.
            "/announced-only": .raw("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"),
            "/chunked": .raw(chunked),
            "/until-closed": .cut("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n1234567890a"),
        ]
        try await withServer({ replies[$0.target] ?? .hang }) { server in
            try await withTransport { transport in
                for path in replies.keys.sorted() {
                    let tooSmall = TransportLimits(connect: .seconds(20), total: .seconds(20), responseBytes: 10)
                    #expect(await transport.failure(of: server.url + path, limits: tooSmall) == .tooLarge)
                    if path == "/announced-only" { continue }
                    let fitting = TransportLimits(connect: .seconds(20), total: .seconds(20), responseBytes: 11)
                    let response = try await transport.get(server.url + path, limits: fitting)
                    #expect(response.text == "1234567890a")
                }
                let none = TransportLimits(connect: .seconds(20), total: .seconds(20), responseBytes: 0)
                #expect(await transport.failure(of: "\(server.url)/announced", limits: none) == .tooLarge)
            }
        }
    }

    @Test(arguments: [
        // The status line, Content-Length and the empty line count too.
        (lines: ResponseSink.maximumHeaderLines - 3, length: 1, isTaken: true),
        (lines: ResponseSink.maximumHeaderLines - 2, length: 1, isTaken: false),
        (lines: 1, length: ResponseSink.maximumHeaderBytes - 49, isTaken: true),
        (lines: 1, length: ResponseSink.maximumHeaderBytes - 48, isTaken: false),
    ])
    func `the list of header fields is bounded`(lines: Int, length: Int, isTaken: Bool) async throws {
        // 23 bytes of status line, 5 of the field's name and end, 19 of Content-Length, 2 of the empty line.
        let fields = [(String, String)](repeating: ("a", String(repeating: "b", count: length)), count: lines)
        try await withServer({ _ in .answer(200, headers: fields) }) { server in
            try await withTransport { transport in
                if isTaken {
                    let response = try await transport.get(server.url)
                    #expect(response.headers.count == lines + 1)
                } else {
                    #expect(await transport.failure(of: server.url) == .tooLarge)
                }
            }
        }
    }

    @Test func `a redirect is an answer and is not followed`() async throws {
        try await withServer({ _ in .answer(302, headers: [("Location", "/elsewhere")]) }) { server in
            try await withTransport { transport in
                let response = try await transport.get("\(server.url)/here")
                #expect(response.status == 302)
                #expect(response.header("location") == "/elsewhere")
            }
            #expect(server.requests.map(\.target) == ["/here"])
        }
    }
}
