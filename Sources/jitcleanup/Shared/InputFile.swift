internal import SystemPackage

/// A file that the command line names, as UTF-8 without a byte order mark.
struct InputFile: Sendable {
    /// What is wrong with a file, which it names.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The path, or `standard input`.
    let name: String
    let bytes: [UInt8]

    /// A file's content.
    ///
    /// - Throws: ``Failure`` if there is none, or it is of another encoding.
    init(name: String, bytes: [UInt8]) throws(Failure) {
        self.name = name
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard self.bytes.contains(where: { $0 > 0x20 }) else { throw failure("it is empty") }
        // JSON begins with two ASCII characters, so UTF-16 has a NUL or a mark there.
        guard !self.bytes.prefix(2).contains(where: { [0x00, 0xFE, 0xFF].contains($0) }) else {
            throw failure("it looks like UTF-16; save it as UTF-8")
        }
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// - Parameters:
    ///   - path: The path, or `-`.
    ///   - maximumBytes: The most that is taken.
    /// - Throws: ``Failure``.
    init(path: String, maximumBytes: Int) throws(Failure) {
        let name = path == "-" ? "standard input" : path
        var content: [UInt8] = []
        do {
            let isStandardInput = path == "-"
            let descriptor = isStandardInput ? .standardInput : try FileDescriptor.open(FilePath(path), .readOnly)
            defer { if !isStandardInput { try? descriptor.close() } }
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while content.count <= maximumBytes {
                // The pointer is used within the closure only.
                let count = try unsafe buffer.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
                if count == 0 { break }
                content += buffer[..<count]
            }
        } catch {
            throw Failure(description: "\(name): \(error)")
        }
        guard content.count <= maximumBytes else {
            throw Failure(description: "\(name): larger than \(maximumBytes) bytes")
        }
        try self.init(name: name, bytes: content)
    }

    /// What is wrong with this file.
    func failure(_ reason: String) -> Failure { Failure(description: "\(name): \(reason)") }
}
