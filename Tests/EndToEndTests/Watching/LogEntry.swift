import LosslessJSON
import TestSupport

/// A log line as Cloud Logging has it after it has taken its own fields out of it
/// (https://cloud.google.com/logging/docs/structured-logging).
struct LogEntry {
    static let labelsField = "logging.googleapis.com/labels"

    let line: JSONValue
    /// Whether the scheduled sweep wrote it, and not the service.
    var isOfSweep = false

    init(_ bytes: [UInt8]) throws {
        line = try json(bytes).root
    }

    var event: String { line["event"]?.string ?? "none" }

    /// The names of the payload's fields.
    var names: [String] { (line.members ?? []).compactMap { $0.name.string }.filter { !Self.isSpecial($0) } }

    /// The value at a path of `LogEntry`, as a text.
    func text(_ path: [String]) -> String? {
        switch path {
        case ["resource", "type"]: return isOfSweep ? "cloud_run_job" : "cloud_run_revision"
        case ["resource", "labels", "service_name"]: return isOfSweep ? nil : "jitcleanup"
        case ["resource", "labels", "job_name"]: return isOfSweep ? "jitcleanup-sweep" : nil
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
