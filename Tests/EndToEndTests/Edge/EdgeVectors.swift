import LosslessJSON
import TestSupport
import Testing

/// The files in `Vectors`.
enum EdgeVectors {
    typealias Class<Case> = (name: String, cases: [Case])

    /// The cases of one of them, each made of its JSON, by their class.
    static func classes<Case>(of name: String, _ make: (JSONValue) throws -> Case) throws -> [Class<Case>] {
        var classes: [Class<Case>] = []
        for element in try #require(try Repository.json("Tests/EndToEndTests/Vectors/\(name)")["cases"]?.elements) {
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
}
