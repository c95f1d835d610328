import FoundationEssentials
import LosslessJSON

/// A log line as Cloud Logging has it after it has taken its own fields out of it
/// (https://cloud.google.com/logging/docs/structured-logging).
struct LogEntry {
    static let labelsField = "logging.googleapis.com/labels"

    let line: JSONValue

    init(_ bytes: [UInt8]) throws {
        let rules = JSONRules(maximumDepth: 8, maximumBytes: 1 << 18, allowsNUL: true)
        line = try JSONDocument(bytes, rules: rules).root
    }

    var event: String { line["event"]?.string ?? "none" }

    /// The names of the payload's fields.
    var names: [String] { (line.members ?? []).compactMap { $0.name.string }.filter { !Self.isSpecial($0) } }

    /// The value at a path of `LogEntry`, as a text.
    func text(_ path: [String]) -> String? {
        switch path {
        case ["resource", "type"]: return "cloud_run_revision"
        case ["resource", "labels", "service_name"]: return "jitcleanup"
        case ["severity"]: return line["severity"]?.string
        default: break
        }
        guard path.count > 1 else { return nil }
        switch path[0] {
        case "labels": return line[Self.labelsField]?[path[1]]?.string
        case "jsonPayload" where !Self.isSpecial(path[1]):
            var value: JSONValue? = line
            for name in path.dropFirst() { value = value?[name] }
            return value.map { $0.string ?? String(decoding: $0.rawBytes, as: UTF8.self) }
        default: return nil
        }
    }

    private static func isSpecial(_ name: String) -> Bool {
        name == "severity" || name == "time" || name.hasPrefix("logging.googleapis.com/")
    }
}

/// The files of this repository.
enum Repository {
    /// The top folder, above `Tests/EndToEndTests/Watching`.
    static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(root)/\(path)")))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONDocument(bytes(path), rules: JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)).root
    }

    /// Paths below a folder that end like this, in order.
    static func files(in folder: String, ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
    }
}
