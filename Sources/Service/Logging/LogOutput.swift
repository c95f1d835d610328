internal import Glibc
internal import Synchronization

/// Writes whole lines to standard output or standard error, one at a time.
package enum LogOutput {
    private static let lock = Mutex(())

    /// Writes a line to standard output.
    package static func write(_ line: [UInt8]) {
        write(line, to: STDOUT_FILENO)
    }

    /// Writes a line, waiting for a slow reader; on any other error the rest is dropped, since a service must not stop
    /// because its log has no reader.
    package static func write(_ line: [UInt8], to descriptor: Int32) {
        lock.withLock { _ in writeAll(line, to: descriptor) }
    }

    private static func writeAll(_ line: [UInt8], to descriptor: Int32) {
        var rest = line[...]
        while !rest.isEmpty {
            // The pointer is used within the closure only.
            let written = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written < 0, errno == EAGAIN {
                var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // The pointer is to one local structure, matching the count.
                _ = unsafe poll(&descriptors, 1, -1)
            } else if written == 0 || errno != EINTR {
                return
            }
        }
    }

    /// Whether standard output is a terminal.
    package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}
