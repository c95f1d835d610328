import Glibc
import Testing
import Timestamps

/// A TCP connection to the service that sends any bytes at any pace and keeps what comes back.
///
/// Its calls never block a thread: client and service share a few of them.
final class RawConnection {
    private var descriptor: Int32
    private(set) var received: [UInt8] = []
    /// The service has closed its half, or all.
    private(set) var isClosed = false

    /// Connects.
    ///
    /// - Parameters:
    ///   - url: `http://127.0.0.1:PORT`.
    ///   - receiveBuffer: How many bytes the system keeps for a client that does not read; nil for its own choice.
    /// - Throws: An expectation's error if that is not possible.
    init(_ url: String, receiveBuffer: Int32? = nil) throws {
        let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        if var size = receiveBuffer {
            // The pointer is to a local that outlives the call.
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let descriptor = descriptor
        // The pointer is to a local that outlives the call.
        let isConnected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        try #require(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    }

    deinit {
        disconnect()
    }

    /// Closes both halves.
    func disconnect() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Closes the half that sends.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Sends everything, unless the service closes before or does not read any more.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - patience: How long the service may leave the bytes lying.
    ///   - reads: Whether answers are read meanwhile.
    /// - Returns: Whether everything was sent.
    /// - Throws: If the task is cancelled.
    @discardableResult
    func send(
        _ bytes: some Collection<UInt8>,
        patience: Duration = .seconds(20),
        reads: Bool = true
    ) async throws -> Bool {
        var rest = Array(bytes)[...]
        let deadline = TimeSource.system.uptime() + patience
        while !rest.isEmpty {
            let descriptor = descriptor
            // The buffer outlives the call.
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else {
                guard errno == EAGAIN, TimeSource.system.uptime() < deadline else { return false }
                if reads { read() }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        return true
    }

    @discardableResult
    func send(_ text: String) async throws -> Bool {
        try await send(text.utf8)
    }

    /// Waits until something holds of what has come, or the connection is closed, or the time is over.
    func wait(_ duration: Duration = .seconds(20), until condition: (RawConnection) -> Bool) async throws {
        let deadline = TimeSource.system.uptime() + duration
        read()
        while !condition(self), !isClosed, TimeSource.system.uptime() < deadline {
            try await Task.sleep(for: .milliseconds(2))
            read()
        }
    }

    /// Waits for the service to close.
    func waitForEnd(_ duration: Duration = .seconds(20)) async throws {
        try await wait(duration) { _ in false }
    }

    /// The statuses of the complete answers, interim ones included; none of the service's answers has a body.
    var statuses: [Int] {
        let text = String(decoding: received, as: UTF8.self)
        return text.split(separator: "\r\n\r\n").compactMap { head in
            head.hasPrefix("HTTP/1.1 ") ? Int(head.dropFirst(9).prefix(3)) : nil
        }
    }

    /// Everything that has come.
    var text: String { String(decoding: received, as: UTF8.self) }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isClosed {
            // The array outlives the call.
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer[..<count]
            } else if count == 0 || errno != EAGAIN {
                isClosed = true
            } else {
                return
            }
        }
    }
}
