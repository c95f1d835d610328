package import Logging

/// The fields of one log line, in their order, each name once.
///
/// Every push writes lines with a dozen fields, and a dictionary of them costs more than all else about such a line.
package struct LogFields: ExpressibleByDictionaryLiteral, CustomStringConvertible, Sendable {
    /// Under which name a log handler is handed all of them.
    private static let key = "fields"

    /// The fields by their names.
    package private(set) var all: [(String, Logger.MetadataValue)]

    /// The given fields, whose names must differ.
    package init(dictionaryLiteral fields: (String, Logger.MetadataValue)...) {
        all = fields
    }

    /// The fields of a logged event.
    ///
    /// - Parameters:
    ///   - metadata: The event's own: from ``metadata``, or others, which come by their names.
    ///   - context: What the logger says of all its events; the event's own win.
    package init(_ metadata: Logger.Metadata, context: Logger.Metadata) {
        if case .stringConvertible(let value) = metadata[Self.key], let fields = value as? LogFields {
            self = fields
        } else {
            all = metadata.sorted { $0.key < $1.key }
        }
        for (name, value) in context.sorted(by: { $0.key < $1.key }) where self[name] == nil {
            all.append((name, value))
        }
    }

    /// A field's value.
    package subscript(name: String) -> Logger.MetadataValue? {
        for place in all.indices where all[place].0 == name { return all[place].1 }
        return nil
    }

    /// Adds a field, whose name none has yet.
    mutating func append(_ name: String, _ value: Logger.MetadataValue) {
        assert(self[name] == nil, "two fields with the name \(name)")
        all.append((name, value))
    }

    /// Adds fields, whose names none has yet.
    mutating func append(_ others: LogFields) {
        for (name, value) in others.all { append(name, value) }
    }

    /// These fields, and then the others.
    func adding(_ others: LogFields) -> LogFields {
        var sum = self
        sum.append(others)
        return sum
    }

    /// Makes room for so many fields.
    mutating func reserveCapacity(_ count: Int) {
        all.reserveCapacity(count)
    }

    /// What a logger takes.
    var metadata: Logger.Metadata { [Self.key: .stringConvertible(self)] }

    /// For handlers that do not know this type.
    package var description: String { all.map { "\($0)=\($1)" }.joined(separator: " ") }
}
