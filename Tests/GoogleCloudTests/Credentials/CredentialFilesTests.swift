import Glibc
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

@Suite("Files with credentials")
struct CredentialFilesTests {
    @Test func `what is no regular file is refused at once`() throws {
        try inFolder { folder in
            #expect(CredentialFiles.system.read("\(folder)/none") == .failure(.missing))
            #expect(CredentialFiles.system.read("\(folder)/none/below") == .failure(.missing))
            #expect(CredentialFiles.system.read("\(folder)\0") == .failure(.missing))
            #expect(CredentialFiles.system.read(folder) == .failure(.notAFile))
            #expect(CredentialFiles.system.read("/dev/zero") == .failure(.notAFile))
            // A pipe nobody writes to: opening it must not wait.
            try #require(unsafe mkfifo("\(folder)/pipe", 0o600) == 0)
            #expect(CredentialFiles.system.read("\(folder)/pipe") == .failure(.notAFile))
        }
    }

    @Test func `a file that is too large is refused, and one of the largest size is read`() throws {
        try inFolder { folder in
            let largest = [UInt8](repeating: 0x61, count: CredentialFiles.maximumBytes)
            try write("\(folder)/a", largest)
            #expect(CredentialFiles.system.read("\(folder)/a") == .success(largest))
            try write("\(folder)/b", largest + [0x61])
            #expect(CredentialFiles.system.read("\(folder)/b") == .failure(.tooLarge))
        }
    }

    @Test func `a link is followed, since that is how Kubernetes replaces tokens`() throws {
        try inFolder { folder in
            try write("\(folder)/..data", [1, 2])
            try #require(unsafe symlink("..data", "\(folder)/token") == 0)
            #expect(CredentialFiles.system.read("\(folder)/token") == .success([1, 2]))
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func `a file of somebody else is refused`() {
        #expect(CredentialFiles.system.read("/etc/shadow") == .failure(.denied))
    }

    @Test func `errors have a text`() {
        #expect(CredentialFileFault(EACCES) == .denied)
        #expect(CredentialFileFault(EPERM) == .denied)
        #expect(CredentialFileFault(ENOTDIR) == .missing)
        #expect(CredentialFileFault(ELOOP) == .failed(ELOOP))
    }

    private func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        // The array outlives the call.
        try #require(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/jitcleanup-files-XXXXXX".utf8CString)
        // mkdtemp changes the array in place, and the array outlives the call.
        try #require(unsafe mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["a", "b", "pipe", "token", "..data"] { _ = unsafe unlink("\(folder)/\(name)") }
            _ = unsafe rmdir(folder)
        }
        try body(folder)
    }
}
