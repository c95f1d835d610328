internal import GoogleCloud
internal import Service
internal import Synchronization

/// A progress line on standard error; silent unless that is a terminal.
final class ProgressLine: Sendable {
    private struct State {
        var title = ""
        var total = 0
        var done = 0
        var removed = 0
        var failed = 0
        var isVisible = false
    }

    /// Whether the line is shown.
    let isShown: Bool
    private let output: @Sendable ([UInt8]) -> Void
    private let state = Mutex(State())

    /// Creates a progress line; tests can redirect its output.
    init(
        isShown: Bool,
        output: @escaping @Sendable ([UInt8]) -> Void = { ProcessEnvironment.writeError($0) }
    ) {
        self.isShown = isShown
        self.output = output
    }

    /// Starts a phase of the work; with a total of 0 no bar is shown.
    func begin(_ title: String, of total: Int = 0) {
        change { $0 = State(title: title, total: total, isVisible: $0.isVisible) }
    }

    /// Counts one finished item.
    func advance(removed: Int, isFailure: Bool) {
        change { state in
            state.done += 1
            state.removed += removed
            state.failed += isFailure ? 1 : 0
        }
    }

    /// Erases the line.
    func clear() {
        state.withLock { state in
            if state.isVisible { output(Self.erasing) }
            state.isVisible = false
            state.title = ""
        }
    }

    /// Writes whole lines above the progress line.
    func write(_ lines: [UInt8]) {
        state.withLock { state in
            if state.isVisible { output(Self.erasing) }
            output(lines)
            if state.isVisible { output(Self.text(state)) }
        }
    }

    /// Writes a sentence above the progress line.
    func note(_ sentence: String) {
        write(Array((sentence.escaped + "\n").utf8))
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            guard isShown, !state.title.isEmpty else { return }
            output((state.isVisible ? Self.erasing : []) + Self.text(state))
            state.isVisible = true
        }
    }

    /// Moves to the start of the line and erases to its end (ECMA-48).
    private static let erasing = Array("\r\u{1B}[K".utf8)

    /// The line's text, short enough for 80 columns: a longer line would wrap and could not be erased.
    private static func text(_ state: State) -> [UInt8] {
        guard state.total > 0 else { return Array("\(state.title) ...".utf8) }
        let width = 24
        let filled = min(width, width * state.done / state.total)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let failed = state.failed > 0 ? ", \(state.failed) failed" : ""
        let line = "\(state.title) [\(bar)] \(state.done)/\(state.total), \(state.removed) bindings\(failed)"
        return Array(line.utf8.prefix(79))
    }
}
