internal import SystemPackage

/// A file named on the command line, in UTF-8 with any byte order mark removed.
struct InputFile: Sendable {
    /// A problem with a file; the description names the file.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The path, or `standard input`.
    let name: String
    let bytes: [UInt8]

    /// Creates a file from its content.
    ///
    /// - Throws: ``Failure`` if it is empty or looks like UTF-16.
    init(name: String, bytes: [UInt8]) throws(Failure) {
        self.name = name
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard self.bytes.contains(where: { $0 > 0x20 }) else { throw failure("it is empty") }
        // JSON starts with two ASCII characters, so UTF-16 would have a NUL or a byte order mark there.
        guard !self.bytes.prefix(2).contains(where: { [0x00, 0xFE, 0xFF].contains($0) }) else {
            throw failure("it looks like UTF-16; save it as UTF-8")
        }
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// - Parameters:
    ///   - path: The path, or `-`.
    ///   - maximumBytes: The maximum size accepted.
    /// - Throws: ``Failure`` if it cannot be read, is too large or empty, or looks like UTF-16.
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

    /// A failure with this reason that names the file.
    func failure(_ reason: String) -> Failure { Failure(description: "\(name): \(reason)") }
}
