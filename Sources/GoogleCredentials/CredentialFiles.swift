internal import Glibc

/// Reads the files that credentials are in; tests put their own in.
package struct CredentialFiles: Sendable {
    /// The largest file that is read, in bytes.
    package static let maximumBytes = 128 * 1024

    /// The content of the file at a path.
    package let read: @Sendable (_ path: String) -> Result<[UInt8], CredentialFileFault>

    package init(_ read: @escaping @Sendable (_ path: String) -> Result<[UInt8], CredentialFileFault>) {
        self.read = read
    }

    /// The machine's own files.
    package static let system = CredentialFiles { path in
        do throws(CredentialFileFault) {
            return .success(try contents(path))
        } catch {
            return .failure(error)
        }
    }

    private static func contents(_ path: String) throws(CredentialFileFault) -> [UInt8] {
        guard !path.utf8.contains(0) else { throw .missing }
        // Without O_NONBLOCK opening a named pipe would wait for its writer.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw CredentialFileFault(errno) }
        defer { close(file) }
        var status = stat()
        // The pointer is to a local that outlives the call.
        guard unsafe fstat(file, &status) == 0 else { throw CredentialFileFault(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            // The buffer is an array of that length and outlives the call.
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CredentialFileFault(errno) }
            guard count > 0 else { return result }
            result += buffer.prefix(count)
            guard result.count <= maximumBytes else { throw .tooLarge }
        }
    }
}

/// Why a file was not read.
package enum CredentialFileFault: Error, Equatable, Sendable {
    case missing
    /// Not allowed to this process.
    case denied
    /// A folder, a pipe or a device.
    case notAFile
    /// Longer than ``CredentialFiles/maximumBytes``.
    case tooLarge
    /// The number of another error.
    case failed(Int32)

    init(_ number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .denied
        default: self = .failed(number)
        }
    }

    /// The reason as text.
    var text: String {
        switch self {
        case .missing: "no such file"
        case .denied: "permission denied"
        case .notAFile: "not a regular file"
        case .tooLarge: "more than \(CredentialFiles.maximumBytes) bytes"
        case .failed(let number): "cannot be read (errno \(number))"
        }
    }
}
