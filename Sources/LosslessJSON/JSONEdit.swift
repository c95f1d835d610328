/// Edits to a document's text that leave every other byte unchanged.
package struct JSONEdit {
    private let document: JSONDocument
    private var replacements: [(range: Range<Int>, bytes: [UInt8])] = []

    package init(_ document: JSONDocument) {
        self.document = document
    }

    /// Replaces a value with other text.
    package mutating func replace(_ value: JSONValue, with bytes: [UInt8]) {
        replacements.append((value.range, bytes))
    }

    /// Removes elements from an array, each with its comma.
    ///
    /// - Parameters:
    ///   - positions: The positions of the elements to remove.
    ///   - array: The array; values of any other kind are left unchanged.
    package mutating func remove(elementsAt positions: Set<Int>, of array: JSONValue) {
        guard let elements = array.elements else { return }
        guard let firstKept = elements.indices.first(where: { !positions.contains($0) }) else {
            if let first = elements.first, let last = elements.last {
                replacements.append((first.range.lowerBound..<last.range.upperBound, []))
            }
            return
        }
        if firstKept > 0 {
            replacements.append((elements[0].range.lowerBound..<elements[firstKept].range.lowerBound, []))
        }
        for position in (firstKept + 1)..<max(elements.count, firstKept + 1) where positions.contains(position) {
            let start = elements[position - 1].range.upperBound
            replacements.append((start..<elements[position].range.upperBound, []))
        }
    }

    /// Inserts a member before an object's other members; values of any other kind are left unchanged.
    package mutating func insertMember(_ name: String, _ value: [UInt8], into object: JSONValue) {
        guard let members = object.members else { return }
        let start = object.range.lowerBound + 1
        let separator: [UInt8] = members.isEmpty ? [] : [UInt8(ascii: ",")]
        replacements.append((start..<start, JSONEscapes.quoted(name) + [UInt8(ascii: ":")] + value + separator))
    }

    /// The document's text with the edits applied; they must not overlap.
    package func bytes() -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(document.bytes.count + 64)
        var cursor = 0
        for (range, bytes) in replacements.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            precondition(range.lowerBound >= cursor, "overlapping changes")
            result += document.bytes[cursor..<range.lowerBound]
            result += bytes
            cursor = range.upperBound
        }
        return result + document.bytes[cursor...]
    }
}
