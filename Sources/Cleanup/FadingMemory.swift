internal import GoogleCloud

/// What was learned about projects, each until some uptime, and about so many projects at most.
struct FadingMemory<Value> {
    /// The most projects, unless told otherwise; an entry is a few hundred bytes.
    static var defaultCapacity: Int { 1_000 }

    private let capacity: Int
    private var entries: [ProjectID: (value: Value, end: Duration)] = [:]

    init(capacity: Int = defaultCapacity) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// What is known about a project at an uptime.
    func value(of project: ProjectID, at uptime: Duration) -> Value? {
        guard let entry = entries[project], entry.end > uptime else { return nil }
        return entry.value
    }

    /// Remembers something until an uptime, in the place of what was known before.
    ///
    /// Where there is no more room, what fades first is forgotten first.
    mutating func note(_ value: Value, of project: ProjectID, until end: Duration, at uptime: Duration) {
        if entries[project] == nil, entries.count >= capacity {
            entries = entries.filter { $0.value.end > uptime }
            if entries.count >= capacity, let oldest = entries.min(by: { $0.value.end < $1.value.end }) {
                entries[oldest.key] = nil
            }
        }
        entries[project] = (value, end)
    }

    mutating func forget(_ project: ProjectID) {
        entries[project] = nil
    }

    /// What is known about a project at an uptime, for the last time.
    mutating func take(_ project: ProjectID, at uptime: Duration) -> Value? {
        defer { forget(project) }
        return value(of: project, at: uptime)
    }
}
