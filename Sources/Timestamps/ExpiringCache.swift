/// A bounded cache whose entries expire, each at an uptime of its own.
package struct ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let capacity: Int
    private var entries: [Key: (value: Value, end: Duration)] = [:]

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many things something is known about, or was until it expired.
    package var count: Int { entries.count }

    /// What is known about a thing at an uptime.
    package func value(of key: Key, at uptime: Duration) -> Value? {
        guard let entry = entries[key], entry.end > uptime else { return nil }
        return entry.value
    }

    /// Remembers something until an uptime, in the place of what was known before.
    ///
    /// Where there is no more room, what has expired is forgotten, or else an eighth: what expires first.
    package mutating func note(_ value: Value, of key: Key, until end: Duration, at uptime: Duration) {
        if entries[key] == nil, entries.count >= capacity {
            entries = entries.filter { $0.value.end > uptime }
        }
        if entries[key] == nil, entries.count >= capacity {
            // Several at a time, since finding them takes a look at all.
            let oldest = entries.sorted { $0.value.end < $1.value.end }.prefix(max(1, capacity / 8))
            for (key, _) in oldest { entries[key] = nil }
        }
        entries[key] = (value, end)
    }

    /// Forgets a thing.
    package mutating func forget(_ key: Key) {
        entries[key] = nil
    }

    /// What is known about a thing at an uptime, for the last time.
    package mutating func take(_ key: Key, at uptime: Duration) -> Value? {
        defer { forget(key) }
        return value(of: key, at: uptime)
    }
}
