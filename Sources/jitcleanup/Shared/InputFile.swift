internal import SystemPackage

/// Reads files that the command line names.
enum InputFile {
    /// Why there is no content.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The content of a file, or of standard input for `-`.
    ///
    /// - Parameters:
    ///   - path: The path, or `-`.
    ///   - maximumBytes: The most that is taken.
    /// - Returns: All of it.
    /// - Throws: ``Failure``, which names the path.
    static func read(_ path: String, maximumBytes: Int) throws(Failure) -> [UInt8] {
        do {
            let isStandardInput = path == "-"
            let descriptor = isStandardInput ? .standardInput : try FileDescriptor.open(FilePath(path), .readOnly)
            defer { if !isStandardInput { try? descriptor.close() } }
            var content: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while content.count <= maximumBytes {
                // The pointer is used within the closure only.
                let count = try unsafe buffer.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
                if count == 0 { return content }
                content += buffer[..<count]
            }
            throw Failure(description: "\(path): larger than \(maximumBytes) bytes")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }
}
