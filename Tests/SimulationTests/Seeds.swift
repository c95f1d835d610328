import FoundationEssentials
import Synchronization

/// The seeds that are to be run: `SIMULATION_SEED=42` runs just that one, `SIMULATION_SEEDS=1000` so many from 1 on.
enum Seeds {
    /// An environment variable's number.
    static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// The seeds.
    ///
    /// - Parameters:
    ///   - variable: The variable that asks for another number of seeds.
    ///   - usual: The seeds if nobody does.
    /// - Returns: At least one.
    static func chosen(_ variable: String, default usual: ClosedRange<UInt64>) -> [UInt64] {
        setting("SIMULATION_SEED").map { [$0] } ?? Array(setting(variable).map { 1...max(1, $0) } ?? usual)
    }
}

/// Hands seeds out to those who run them side by side.
final class SeedQueue: Sendable {
    private let seeds: Mutex<ArraySlice<UInt64>>

    init(_ seeds: [UInt64]) {
        self.seeds = Mutex(seeds[...])
    }

    func next() -> UInt64? { seeds.withLock { $0.popFirst() } }
}

extension [String: Int] {
    /// In the order of their names.
    var text: String { sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") }
}
