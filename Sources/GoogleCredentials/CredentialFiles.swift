internal import Glibc

/// Reads credential files; tests supply their own.
package struct CredentialFiles: Sendable {
    /// The largest file read, in bytes.
    package static let maximumBytes = 128 * 1024

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
        // Without O_NONBLOCK opening a named pipe would block until it has a writer.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw CredentialFileFault(errno) }
        defer { close(file) }
        var status = stat()
        // Points to a local that outlives the call.
        guard unsafe fstat(file, &status) == 0 else { throw CredentialFileFault(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            // The buffer is an array of that length that outlives the call.
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
    /// This process may not read it.
    case denied
    /// A directory, a pipe or a device.
    case notAFile
    /// Longer than ``CredentialFiles/maximumBytes``.
    case tooLarge
    /// Any other `errno`.
    case failed(Int32)

    init(_ number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .denied
        default: self = .failed(number)
        }
    }

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
