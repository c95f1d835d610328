extension JSONParser {
    /// The most members compared pairwise: for as few as most objects have, hashing costs more.
    private static let pairwiseNames = 12

    /// Throws if the object just parsed has duplicate names.
    func refuseDuplicateNames(in container: Int) throws(JSONError) {
        var seen: Set<ArraySlice<UInt8>> = []
        var count = 0
        var child = container + 1
        while child < nodes.count {
            if count < Self.pairwiseNames {
                var earlier = container + 1
                while earlier < child {
                    guard !isSameName(nodes[earlier], nodes[child]) else {
                        throw .duplicateName(offset: Int(nodes[child].start))
                    }
                    earlier = Int(nodes[earlier + 1].next)
                }
            } else {
                if seen.isEmpty { seen = names(from: container + 1, to: child) }
                guard seen.insert(name(nodes[child])).inserted else {
                    throw .duplicateName(offset: Int(nodes[child].start))
                }
            }
            count += 1
            child = Int(nodes[child + 1].next)
        }
    }

    /// The names of an object's members from one child up to another.
    private func names(from first: Int, to end: Int) -> Set<ArraySlice<UInt8>> {
        var names: Set<ArraySlice<UInt8>> = []
        var child = first
        while child < end {
            names.insert(name(nodes[child]))
            child = Int(nodes[child + 1].next)
        }
        return names
    }

    /// A name's content, unescaped.
    private func name(_ node: JSONNode) -> ArraySlice<UInt8> {
        let content = bytes[(Int(node.start) + 1)..<(Int(node.end) - 1)]
        return node.hasEscapes ? JSONEscapes.decode(content)[...] : content
    }

    private func isSameName(_ left: JSONNode, _ right: JSONNode) -> Bool {
        guard !left.hasEscapes, !right.hasEscapes else { return name(left) == name(right) }
        // Most names differ in length already.
        let count = Int(left.end - left.start)
        guard count == Int(right.end - right.start) else { return false }
        let text = bytes.span
        let (first, second) = (Int(left.start), Int(right.start))
        for offset in 0..<count where text[first + offset] != text[second + offset] { return false }
        return true
    }
}
