internal import FoundationEssentials
package import LosslessJSON

/// The files of this repository, by their paths from its top folder; others by whole paths.
package enum Repository {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/"

    package static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path.hasPrefix("/") ? path : root + path)))
    }

    package static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    package static func json(_ path: String) throws -> JSONValue { try TestSupport.json(bytes(path)).root }

    /// Paths below a folder that end like this, in order.
    package static func files(in folder: String, ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root + folder)
            .filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
    }
}
