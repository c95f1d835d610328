import Synchronization

/// Counts who is inside at the same time.
final class Gate: Sendable {
    private let counts = Mutex((begun: 0, inside: 0, most: 0))

    var begun: Int { counts.withLock { $0.begun } }
    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock {
            $0.begun += 1
            $0.inside += 1
            $0.most = max($0.most, $0.inside)
        }
    }

    func leave() { counts.withLock { $0.inside -= 1 } }
}

/// What was written.
final class Written: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
