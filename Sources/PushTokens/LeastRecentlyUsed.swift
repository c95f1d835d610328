/// A dictionary of bounded size: what comes in beyond it takes the place of what was not used for the longest time.
///
/// Every operation takes the same time, however much there is.
struct LeastRecentlyUsed<Key: Hashable, Value> {
    private struct Entry {
        let key: Key
        var value: Value
        /// The entries that were used next after this one and last before it; nil at the ends.
        var newer: Int?
        var older: Int?
    }

    private let capacity: Int
    private var entries: [Entry] = []
    /// Where in `entries` each key is.
    private var places: [Key: Int] = [:]
    private var newest: Int?
    private var oldest: Int?

    /// An empty one; the capacity must be positive.
    init(capacity: Int) {
        precondition(capacity > 0, "a dictionary that holds nothing")
        self.capacity = capacity
    }

    /// How many values there are.
    var count: Int { entries.count }

    /// The value of that key, which counts as a use.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        if place != newest {
            detach(place)
            attachAsNewest(place)
        }
        return entries[place].value
    }

    /// Sets a value, which counts as a use.
    mutating func insert(_ value: Value, for key: Key) {
        if let place = places[key] {
            entries[place].value = value
            _ = use(key)
            return
        }
        if entries.count == capacity, let oldest { remove(entries[oldest].key) }
        entries.append(Entry(key: key, value: value))
        places[key] = entries.count - 1
        attachAsNewest(entries.count - 1)
    }

    /// Takes a value out, if it is there.
    mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key) else { return }
        detach(place)
        let last = entries.removeLast()
        // The last entry fills the gap.
        guard place < entries.count else { return }
        entries[place] = last
        places[last.key] = place
        if let newer = last.newer { entries[newer].older = place } else { newest = place }
        if let older = last.older { entries[older].newer = place } else { oldest = place }
    }

    private mutating func detach(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        if let newer { entries[newer].older = older } else { newest = older }
        if let older { entries[older].newer = newer } else { oldest = newer }
    }

    private mutating func attachAsNewest(_ place: Int) {
        entries[place].newer = nil
        entries[place].older = newest
        if let newest { entries[newest].newer = place } else { oldest = place }
        newest = place
    }
}
