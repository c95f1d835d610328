/// A bounded cache whose entries each expire at their own uptime.
package struct ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let end: Duration
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// The number of entries, expired ones included.
    package var count: Int { entries.count }

    /// The key's value at an uptime; nil if there is none or it has expired.
    package func value(of key: Key, at uptime: Duration) -> Value? {
        guard let entry = entries[key], entry.end > uptime else { return nil }
        return entry.value
    }

    /// Stores a value until an uptime, replacing any previous one.
    ///
    /// When full, drops the expired entries, or else the eighth of all entries that expires first.
    package mutating func note(_ value: Value, of key: Key, until end: Duration, at uptime: Duration) {
        if entries[key] == nil, entries.count >= capacity {
            entries = entries.filter { $0.value.end > uptime }
        }
        if entries[key] == nil, entries.count >= capacity {
            // Several at a time, since finding them requires a scan of all entries.
            let oldest = entries.sorted { $0.value.end < $1.value.end }.prefix(max(1, capacity / 8))
            for (key, _) in oldest { entries[key] = nil }
        }
        entries[key] = Entry(value: value, end: end)
    }

    package mutating func forget(_ key: Key) {
        entries[key] = nil
    }

    /// Removes a key and returns its value at an uptime.
    package mutating func take(_ key: Key, at uptime: Duration) -> Value? {
        defer { forget(key) }
        return value(of: key, at: uptime)
    }
}
