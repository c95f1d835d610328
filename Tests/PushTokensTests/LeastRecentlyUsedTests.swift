import Testing

@testable import PushTokens

@Suite("The dictionary of what was used last")
struct LeastRecentlyUsedTests {
    @Test func `holds no more than its capacity, and then what was used last`() {
        var values = LeastRecentlyUsed<Int, String>(capacity: 3)
        for key in 0..<3 { values.insert("\(key)", for: key) }
        #expect(values.use(0) == "0")
        values.insert("3", for: 3)
        #expect(values.count == 3)
        #expect(values.use(1) == nil)
        #expect((0...3).compactMap { values.use($0) } == ["0", "2", "3"])
    }

    @Test func `does the same as a slow one in every sequence of five operations`() {
        // Three operations on each of three keys.
        let operations = 9
        for capacity in 1...2 {
            for sequence in 0..<(operations * operations * operations * operations * operations) {
                var values = LeastRecentlyUsed<Int, Int>(capacity: capacity)
                var model = SlowModel(capacity: capacity)
                var rest = sequence
                var isSame = true
                for step in 0..<5 {
                    let key = rest % 3
                    switch rest / 3 % 3 {
                    case 0:
                        values.insert(step, for: key)
                        model.insert(step, for: key)
                    case 1: isSame = isSame && values.use(key) == model.use(key)
                    default:
                        values.remove(key)
                        model.remove(key)
                    }
                    rest /= operations
                }
                isSame = isSame && values.count == model.count
                isSame = isSame && (0..<3).allSatisfy { values.use($0) == model.use($0) }
                #expect(isSame, "sequence \(sequence) with a capacity of \(capacity)")
            }
        }
    }
}

/// The same by looking through everything.
private struct SlowModel {
    let capacity: Int
    /// What was used last is at the end.
    private var values: [(key: Int, value: Int)] = []

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { values.count }

    mutating func use(_ key: Int) -> Int? {
        guard let place = values.firstIndex(where: { $0.key == key }) else { return nil }
        let entry = values.remove(at: place)
        values.append(entry)
        return entry.value
    }

    mutating func insert(_ value: Int, for key: Int) {
        remove(key)
        if values.count == capacity { values.removeFirst() }
        values.append((key, value))
    }

    mutating func remove(_ key: Int) {
        values.removeAll { $0.key == key }
    }
}
