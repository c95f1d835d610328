/// Runs work for each item, a limited number at a time, and starts no more once told to stop.
///
/// - Parameters:
///   - items: The items, started in this order.
///   - limit: The maximum number of items in progress.
///   - isStopped: Checked before each item.
///   - work: The work for one item.
/// - Returns: The results in the order of the items; nil for items not started.
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
