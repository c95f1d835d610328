#if canImport(Glibc)
    internal import Glibc
#endif

/// Standard output and standard error, one whole line at a time.
enum LogOutput {
    /// Writes a line to standard output.
    static func write(_ line: [UInt8]) {
        write(line, to: STDOUT_FILENO)
    }

    /// Writes a line in one call, so that lines of different threads do not mix; what the system refuses is dropped,
    /// since a service must not stop because nobody reads its log.
    static func write(_ line: [UInt8], to descriptor: Int32) {
        var rest = line[...]
        while !rest.isEmpty {
            // The pointer is used within the closure only.
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else {
                if written < 0, errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}
