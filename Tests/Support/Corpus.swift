internal import Glibc
internal import Synchronization

/// A file to which tests append lines for other judges than our own code.
package final class Corpus: Sendable {
    /// Announcements, for `Tests/CleanupTests/Oracle`.
    package static let announcements = Corpus(namedBy: "ANNOUNCEMENT_CORPUS")

    /// Tasks and what the stand-in answers to them, for `Tests/EndToEndTests/Oracle`.
    package static let tasks = Corpus(namedBy: "TASK_CORPUS")

    private let file: Mutex<Int32>

    /// Opens the file that an environment variable names; nil if it is not set.
    package init?(namedBy variable: String) {
        // The environment does not change while the tests run; the text is copied at once.
        guard let path = unsafe getenv(variable) else { return nil }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { return nil }
        self.file = Mutex(file)
    }

    package func add(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        file.withLock { file in
            while !rest.isEmpty {
                // The pointer is used within the closure only.
                let written = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}
