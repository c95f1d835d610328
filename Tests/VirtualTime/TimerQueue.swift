/// Timers by the time at which they are due; of those that are due at once, the oldest is first.
struct TimerQueue {
    /// What a timer does; told whether it was dropped instead.
    typealias Action = @Sendable (_ isDropped: Bool) -> Void

    private struct Entry {
        let due: Duration
        let id: Int

        func isBefore(_ other: Entry) -> Bool { (due, id) < (other.due, other.id) }
    }

    /// A binary heap; the entries of timers that were taken out stay until they come up.
    private var heap: [Entry] = []
    private var actions: [Int: Action] = [:]
    private var lastID = 0

    /// A name for a timer to come.
    mutating func newID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func add(_ id: Int, due: Duration, _ action: @escaping Action) {
        actions[id] = action
        heap.append(Entry(due: due, id: id))
        var place = heap.count - 1
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes a timer out; nil if it is not there any more.
    mutating func take(_ id: Int) -> Action? { actions.removeValue(forKey: id) }

    /// Takes the first timer out.
    mutating func takeFirst() -> (due: Duration, action: Action)? {
        while let entry = popFirst() {
            if let action = take(entry.id) { return (entry.due, action) }
        }
        return nil
    }

    private mutating func popFirst() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var place = 0
        while true {
            var smallest = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if heap[child].isBefore(heap[smallest]) { smallest = child }
            }
            if smallest == place { return first }
            heap.swapAt(place, smallest)
            place = smallest
        }
    }
}
