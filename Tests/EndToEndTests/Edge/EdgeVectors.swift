import FoundationEssentials
import LosslessJSON

/// The files in `Vectors`.
enum EdgeVectors {
    /// Reads one of them.
    static func read(_ name: String) throws -> JSONValue {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(path)/Vectors/\(name)"))
        return try JSONDocument(Array(data), rules: JSONRules(maximumDepth: 8, maximumBytes: 1 << 20, allowsNUL: true))
            .root
    }
}
