/// Timers by the time at which they are due; of those that are due at once, the oldest is first.
struct TimerQueue {
    /// What a timer does; told whether it was dropped instead.
    typealias Action = @Sendable (_ isDropped: Bool) -> Void

    private struct Entry {
        let due: Duration
        let id: Int

        func isBefore(_ other: Entry) -> Bool { (due, id) < (other.due, other.id) }
    }

    /// The first at the end; the entries of timers that were taken out stay until they come up.
    private var entries: [Entry] = []
    private var actions: [Int: Action] = [:]
    private var lastID = 0

    /// A name for a timer to come.
    mutating func newID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func add(_ id: Int, due: Duration, _ action: @escaping Action) {
        actions[id] = action
        let entry = Entry(due: due, id: id)
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entry.isBefore(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }

    /// Takes a timer out; nil if it is not there any more.
    mutating func take(_ id: Int) -> Action? { actions.removeValue(forKey: id) }

    /// Takes the first timer out.
    mutating func takeFirst() -> (due: Duration, action: Action)? {
        while let entry = entries.popLast() {
            if let action = take(entry.id) { return (entry.due, action) }
        }
        return nil
    }
}
