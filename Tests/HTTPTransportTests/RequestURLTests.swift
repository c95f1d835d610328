import Testing

@testable import HTTPTransport

@Suite struct RequestURLTests {
    @Test(arguments: [
        "http://example.com/", "http://cloudresourcemanager.googleapis.com/v3/projects", "http://10.0.0.1/",
        "http://127.example.com/", "http://127.0.0.1.example.com/", "http://127.1/", "http://127.0.0.256/",
        "http://localhost.example.com/", "http://metadata.google.internal.example.com/",
        "http://metadata.google.internal./", "http://[::2]/", "http://2130706433/",
    ])
    func `plain text is refused where somebody could listen in`(url: String) {
        #expect(throws: TransportError.self) { try RequestURL(validating: url) }
    }

    @Test(arguments: [
        "", "/v3/projects", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "HTTPS://example.com/",
        "https://", "https:///path", "https://?q", "https://:443/", "https://example.com:/", "https://example.com:0/",
        "https://example.com:65536/", "https://example.com:4x/", "https://user@example.com/",
        "https://user:secret@example.com/", "https://[::1/", "https://[]/", "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://exa mple.com/", "https://example.com/a b", "https://example.com/\r\nX: y", "https://example.com/\0",
        "https://example.com/#part", "https://example.com\\@localhost/", "https://exämple.com/",
        "https://example.com/ä",
        "https://example.com/{a}", "https://[a]b]/",
    ])
    func `what is no absolute URL of a known kind is refused`(url: String) {
        #expect(throws: TransportError.self) { try RequestURL(validating: url) }
    }

    @Test func `the longest URL is taken and one byte more is refused`() throws {
        let longest = "https://example.com/" + String(repeating: "a", count: RequestURL.maximumBytes - 20)
        #expect(try RequestURL(validating: longest).text == longest)
        #expect(throws: TransportError.invalidRequest("URL too long")) {
            try RequestURL(validating: longest + "a")
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/a?b=c", "127.0.0.1", "127.0.0.1:8080"),
        ("http://127.255.255.254", "127.255.255.254", "127.255.255.254"),
        ("http://localhost/", "localhost", "localhost"), ("http://LOCALHOST:65535/", "localhost", "LOCALHOST:65535"),
        ("http://[::1]:9/", "[::1]", "[::1]:9"),
        ("http://metadata.google.internal/", "metadata.google.internal", "metadata.google.internal"),
        ("http://169.254.169.254/", "169.254.169.254", "169.254.169.254"),
    ])
    func `plain text may go to this machine and the metadata server`(
        url: String,
        host: String,
        authority: String
    ) throws {
        let url = try RequestURL(validating: url)
        #expect(url.isLocal)
        #expect(url.host == host)
        #expect(url.authority == authority)
    }

    @Test func `any host may be called over TLS`() throws {
        let url = try RequestURL(validating: "https://pubsub.googleapis.com/v1/projects/p%25q?x=y:@/")
        #expect(!url.isLocal)
        #expect(url.authority == "pubsub.googleapis.com")
    }
}
