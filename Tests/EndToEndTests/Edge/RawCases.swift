import LosslessJSON
import Testing

/// Bytes to send on a connection of their own, and what may come of it: the cases of `Vectors/http_raw_cases.json`.
struct RawCase: Sendable {
    let id: String
    private(set) var bytes: [UInt8]
    let allowed: [String]
    /// So many requests at most may get to be handled.
    let mostHandled: Int
    /// The client closes its sending half afterwards.
    let halfCloses: Bool

    /// The cases of the file by their class.
    static func load() throws -> [(name: String, cases: [RawCase])] {
        try EdgeVectors.classes(of: "http_raw_cases.json") { try RawCase($0) }
    }

    private init(_ element: JSONValue) throws {
        id = try #require(element["id"]?.string)
        let raw = try #require(element["raw"])
        bytes = try (raw.elements ?? [raw]).flatMap(Self.bytes)
        let outcomes = try #require(element["allowed"]?.elements)
        allowed = outcomes.compactMap(\.string)
        mostHandled = Int(try #require(element["max_requests_seen"]?.integer))
        halfCloses = element["half_close"]?.boolean ?? false
    }

    /// The bytes of a text, or of a piece that is repeated, in which `{n}` is the number of the repetition.
    private static func bytes(of part: JSONValue) throws -> [UInt8] {
        let text = try #require((part["of"] ?? part).string)
        let count = Int(part["repeat"]?.integer ?? 1)
        func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
        guard text.contains("{n}") else { return Array(repeatElement(bytes(text), count: count).joined()) }
        return (0..<count).flatMap { bytes(text.replacing("{n}", with: "\($0)")) }
    }

    /// Whether the first thing that happened is allowed: a status, the end of the connection, or nothing at all.
    func allows(status: Int?, isClosed: Bool) -> Bool {
        guard let status else { return allowed.contains(isClosed ? "close" : "timeout") }
        return allowed.contains("\(status)") || allowed.contains("\(status / 100)xx")
    }

    /// The same with a token in the (first) head.
    func with(token: String) -> RawCase {
        let host = Array("Host: x\r\n".utf8)
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: host) }) else { return self }
        var copy = self
        copy.bytes.insert(contentsOf: Array("Authorization: Bearer \(token)\r\n".utf8), at: start + host.count)
        return copy
    }
}
