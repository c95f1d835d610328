import Glibc
import TestSupport
import Testing

@testable import HTTPTransport

@Suite struct CurlTransportTests {
    @Test func `two thousand requests share a few connections and each gets its own answer`() async throws {
        try await withServer({ .answer(200, body: $0.target) }) { server in
            try await withTransport { transport in
                let url = server.url
                let wrong = await withTaskGroup(of: Bool.self) { group in
                    var wrong = 0
                    for number in 0..<2000 {
                        if number >= 32, await group.next() == false { wrong += 1 }
                        group.addTask { (try? await transport.get("\(url)/\(number)"))?.text == "/\(number)" }
                    }
                    for await isRight in group where !isRight { wrong += 1 }
                    return wrong
                }
                #expect(wrong == 0)
            }
            #expect(server.requests.count == 2000)
            #expect((1...8).contains(server.connections))
        }
    }

    @Test func `a post carries its fields and every byte of its body`() async throws {
        let body = (0...255).map { UInt8($0) } + [UInt8](repeating: 0, count: 1_500_000)
        try await withServer({ _ in .answer(201, headers: [("X-Odd", " \tvalue \t"), ("x-odd", "second")]) }) {
            server in
            try await withTransport { transport in
                let request = TransportRequest(
                    .post,
                    "\(server.url)/a/../b?c=d",
                    headers: [("Content-Type", "application/json"), ("X-Empty", "")],
                    body: body,
                    limits: amply
                )
                let response = try await transport.send(request)
                #expect(response.status == 201)
                #expect(response.header("x-odd") == "value")
                #expect(response.headers.map(\.name) == ["x-odd", "x-odd", "content-length"])
                #expect(response.body.isEmpty)
            }
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.target == "/a/../b?c=d")
            #expect(request.header("user-agent") == "jitcleanup/test")
            #expect(request.header("content-type") == "application/json")
            #expect(request.header("x-empty") == "")
            #expect(request.header("expect") == nil)
            #expect(request.header("cookie") == nil)
            #expect(request.body == body)
        }
    }

    @Test func `a post without a body says so`() async throws {
        try await withServer({ _ in .answer(204) }) { server in
            try await withTransport { transport in
                let response = try await transport.send(TransportRequest(.post, server.url, limits: amply))
                #expect(response.status == 204)
            }
            let request = try #require(server.requests.first)
            #expect(request.header("content-length") == "0")
            #expect(request.header("content-type") == nil)
        }
    }

    @Test func `cookies are not kept`() async throws {
        try await withServer({ _ in .answer(200, headers: [("Set-Cookie", "a=b; Path=/")]) }) { server in
            try await withTransport { transport in
                _ = try await transport.get(server.url)
                _ = try await transport.get(server.url)
            }
            #expect(server.connections == 1)
            #expect(server.requests.allSatisfy { $0.header("cookie") == nil })
        }
    }

    @Test func `interim answers and trailers do not mix with the answer`() async throws {
        let reply = """
            HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: now\r\n\r\n\
            3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n
            """
        try await withServer({ _ in .raw(reply) }) { server in
            try await withTransport { transport in
                let response = try await transport.get(server.url)
                #expect(response.status == 200)
                #expect(response.headers.map(\.name) == ["transfer-encoding", "date"])
                #expect(response.text == "abc")
            }
        }
    }

    @Test func `a connection that was closed while idle is replaced`() async throws {
        try await withServer({ _ in .cut("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }) { server in
            try await withTransport { transport in
                for _ in 0..<5 {
                    let response = try await transport.get(server.url)
                    #expect(response.text == "ok")
                }
            }
            #expect(server.connections == 5)
        }
    }

    @Test func `a proxy from the environment is not used on this machine`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("http_proxy", "http://127.0.0.1:9", 1)
            unsafe setenv("ALL_PROXY", "http://127.0.0.1:9", 1)
            try await withServer({ _ in .answer(200, body: "direct") }) { server in
                try await withTransport { transport in
                    let response = try await transport.get(server.url)
                    #expect(response.text == "direct")
                }
            }
        }
    }
}
