internal import Glibc

/// A socket on 127.0.0.1 with a port of its own.
package struct Listener {
    package let descriptor: Int32
    package let port: UInt16

    /// Takes a port.
    ///
    /// - Parameters:
    ///   - port: The port; 0 for one that the system picks.
    ///   - listens: Whether connections are taken; if not, they are refused, and nobody else has the port either.
    /// - Throws: ``SocketFault`` if there is no such port.
    package init(port: UInt16 = 0, listens: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFault(number: errno) }
        var address = loopback(port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        // The pointers are to locals that outlive the calls.
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && (!listens || listen(descriptor, 128) == 0)
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw SocketFault(number: errno)
        }
        self.port = UInt16(bigEndian: address.sin_port)
    }
}

/// A system call that failed.
package struct SocketFault: Error {
    let number: Int32
}

/// Whether somebody accepts connections at the port.
package func isListening(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    // The pointer is to a local that outlives the call.
    return unsafe withUnsafePointer(to: loopback(port)) { address in
        unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
}

/// All connections of one server, on one thread.
struct Connections {
    private struct Connection {
        let descriptor: Int32
        let number: Int
        var received: [UInt8] = []
    }

    private let listener: Int32
    private let stopSignal: Int32
    private var open: [Connection] = []
    private var made = 0

    init(listener: Int32, stopSignal: Int32) {
        self.listener = listener
        self.stopSignal = stopSignal
    }

    /// Serves until the stop signal, then closes everything.
    consuming func serve(
        _ answer: (ScriptedServer.Request) -> ScriptedServer.Reply,
        onConnect: () -> Void
    ) {
        var descriptors: [pollfd] = []
        repeat {
            descriptors = ([stopSignal, listener] + open.map(\.descriptor)).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            // The array outlives the call.
            _ = unsafe poll(&descriptors, nfds_t(descriptors.count), -1)
            let ready = Set(descriptors.filter { $0.revents != 0 }.map(\.fd))
            open = open.compactMap { ready.contains($0.descriptor) ? Self.read($0, answer) : $0 }
            if ready.contains(listener) {
                let descriptor = accept(listener, nil, nil)
                if descriptor >= 0 {
                    made += 1
                    onConnect()
                    open.append(Connection(descriptor: descriptor, number: made))
                }
            }
        } while descriptors[0].revents == 0
        for descriptor in [listener, stopSignal] + open.map(\.descriptor) { close(descriptor) }
    }

    /// Takes what has come and answers what is complete; nil if the connection is over.
    private static func read(
        _ connection: Connection,
        _ answer: (ScriptedServer.Request) -> ScriptedServer.Reply
    ) -> Connection? {
        var connection = connection
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // The array outlives the call.
        let count = unsafe recv(connection.descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            close(connection.descriptor)
            return nil
        }
        connection.received += buffer[..<count]
        while let request = takeRequest(&connection.received, connection: connection.number) {
            guard perform(answer(request), on: connection.descriptor) else {
                close(connection.descriptor)
                return nil
            }
        }
        return connection
    }

    /// Carries out a reply; false if the connection is to be closed.
    private static func perform(_ reply: ScriptedServer.Reply, on descriptor: Int32) -> Bool {
        switch reply {
        case .answer(let status, let headers, let body):
            let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            let head = "HTTP/1.1 \(status) Scripted\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n"
            return send(head + body, on: descriptor)
        case .raw(let text): return send(text, on: descriptor)
        case .cut(let text):
            _ = send(text, on: descriptor)
            return false
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            // The pointer is to a local that outlives the call.
            _ = unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                SO_LINGER,
                &option,
                socklen_t(MemoryLayout<linger>.size)
            )
            return false
        case .hang: return true
        }
    }

    private static func send(_ text: String, on descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Takes one complete request off the front; nil if there is none yet.
    private static func takeRequest(_ received: inout [UInt8], connection: Int) -> ScriptedServer.Request? {
        let end = Array("\r\n\r\n".utf8)
        guard let headEnd = received.indices.first(where: { received[$0...].starts(with: end) }) else { return nil }
        let head = String(decoding: received[..<headEnd], as: UTF8.self)
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon].lowercased(), String(line[colon...].dropFirst().drop { $0 == " " }))
        }
        let length = headers.first { $0.0 == "content-length" }.flatMap { Int($0.1) } ?? 0
        let bodyStart = headEnd + end.count
        guard received.count >= bodyStart + length else { return nil }
        let words = lines[0].split(separator: " ")
        let body = Array(received[bodyStart..<(bodyStart + length)])
        received.removeFirst(bodyStart + length)
        return ScriptedServer.Request(
            method: String(words[0]),
            target: String(words[1]),
            headers: headers,
            body: body,
            connection: connection
        )
    }
}
