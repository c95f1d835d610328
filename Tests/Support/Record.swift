internal import Synchronization

/// What several tasks note, in one order.
package final class Record<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    package init() {}

    package var all: [Element] { elements.withLock { $0 } }

    package func add(_ element: Element) { elements.withLock { $0.append(element) } }
}

extension Record where Element == [UInt8] {
    /// Everything, as text.
    package var text: String { TestSupport.text(all.joined()) }
}
