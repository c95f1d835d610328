import FoundationEssentials
import LosslessJSON
import Testing

/// The files in `Vectors`.
enum EdgeVectors {
    typealias Class<Case> = (name: String, cases: [Case])

    /// The cases of one of them, each made of its JSON, by their class.
    static func classes<Case>(of name: String, _ make: (JSONValue) throws -> Case) throws -> [Class<Case>] {
        var classes: [Class<Case>] = []
        for element in try #require(try read(name)["cases"]?.elements) {
            let name = try #require(element["cls"]?.string)
            let item = try make(element)
            if let place = classes.firstIndex(where: { $0.name == name }) {
                classes[place].cases.append(item)
            } else {
                classes.append((name, [item]))
            }
        }
        return classes
    }

    private static func read(_ name: String) throws -> JSONValue {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(path)/Vectors/\(name)"))
        return try JSONDocument(Array(data), rules: JSONRules(maximumDepth: 8, maximumBytes: 1 << 20, allowsNUL: true))
            .root
    }
}
