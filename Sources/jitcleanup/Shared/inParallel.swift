/// Does work for each item, a limited number at a time, and begins no more once it is told to stop.
///
/// - Parameters:
///   - items: What there is to do; begun in this order.
///   - limit: How much of it at a time.
///   - isStopped: Asked before each item.
///   - work: Done for one item.
/// - Returns: The results in the order of the items; nil for each that was not begun.
func inParallel<Item: Sendable, Value: Sendable>(
    _ items: [Item],
    atMost limit: Int,
    unless isStopped: @Sendable () -> Bool = { false },
    _ work: @escaping @Sendable (Item) async -> Value
) async -> [Value?] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var results = [Value?](repeating: nil, count: items.count)
        var rest = items.indices.makeIterator()
        func begin() {
            guard !isStopped(), !Task.isCancelled, let next = rest.next() else { return }
            let item = items[next]
            group.addTask { (next, await work(item)) }
        }
        for _ in 0..<limit { begin() }
        while let (position, value) = await group.next() {
            results[position] = value
            begin()
        }
        return results
    }
}
