import LosslessJSON
import Testing

/// Bytes to send on a connection of their own, and exactly what comes of it: the cases of `Vectors/http_edge_cases.json`.
struct EdgeCase: Sendable {
    let id: String
    let raw: String
    let answers: [Int]
    let closes: Bool
    let acknowledged: Int
    let halfCloses: Bool

    /// What `{body}` stands for: a push of somebody else's message, which is acknowledged without any call.
    static let body = #"{"message":{"data":"e30=","messageId":"1"}}"#

    /// The cases of the file by their class.
    static func load() throws -> [(name: String, cases: [EdgeCase])] {
        try EdgeVectors.classes(of: "http_edge_cases.json") { try EdgeCase($0) }
    }

    private init(_ element: JSONValue) throws {
        id = try #require(element["id"]?.string)
        raw = try #require(element["raw"]?.string)
        let answers = try #require(element["answers"]?.elements)
        self.answers = answers.compactMap(\.integer).map { Int($0) }
        closes = element["closes"]?.boolean ?? false
        acknowledged = Int(try #require(element["acknowledged"]?.integer))
        halfCloses = element["half_close"]?.boolean ?? false
    }

    /// The bytes to send.
    func bytes(token: String) -> [UInt8] {
        let length = Self.body.utf8.count
        var text = raw
        for (name, value) in [
            ("token", token), ("body", Self.body), ("length", "\(length)"), ("length-1", "\(length - 1)"),
            ("length+1", "\(length + 1)"), ("hex", String(length, radix: 16)),
            ("HEX", String(length, radix: 16, uppercase: true)),
        ] {
            text = text.split(separator: "{\(name)}", omittingEmptySubsequences: false).joined(separator: value)
        }
        var bytes: [UInt8] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if rest.starts(with: "{a*".unicodeScalars), let end = rest.firstIndex(of: "}") {
                let count = Int(String(rest[..<end].dropFirst(3))) ?? 0
                bytes += [UInt8](repeating: UInt8(ascii: "a"), count: count)
                rest = rest[end...].dropFirst()
            } else {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
                rest = rest.dropFirst()
            }
        }
        return bytes
    }
}
