import FoundationEssentials
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
        if let text = element["raw_b64"]?.string {
            bytes = Array(try #require(Data(base64Encoded: text)))
        } else {
            let text = try #require(element["raw_zlib_b64"]?.string)
            bytes = try Inflate.zlib(Array(try #require(Data(base64Encoded: text))))
        }
        let outcomes = try #require(element["allowed"]?.elements)
        allowed = outcomes.compactMap(\.string)
        mostHandled = Int(try #require(element["max_requests_seen"]?.integer))
        halfCloses = element["half_close"]?.boolean ?? false
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
