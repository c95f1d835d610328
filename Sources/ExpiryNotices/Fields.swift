internal import LosslessJSON
internal import Timestamps

/// A message's fields, checked as they are read; faults name a field by its path.
struct Fields {
    private let value: JSONValue?
    private let path: String

    init(object: JSONValue?, path: String) {
        self.value = object
        self.path = path
    }

    func object(_ field: String) throws(MessageFault) -> Fields {
        guard let member = value?[field] else { throw .missing(named(field)) }
        guard member.kind == .object else { throw .wrongType(named(field)) }
        return Fields(object: member, path: named(field))
    }

    /// A required array.
    func list(_ field: String) throws(MessageFault) -> [JSONValue] {
        guard let member = value?[field] else { throw .missing(named(field)) }
        guard let elements = member.elements else { throw .wrongType(named(field)) }
        return elements
    }

    /// A required, non-empty string.
    func text(_ field: String) throws(MessageFault) -> String {
        guard let member = value?[field], !member.isNull else { throw .missing(named(field)) }
        guard let text = member.string else { throw .wrongType(named(field)) }
        guard !text.isEmpty, text.utf8.count <= MessageLimits.fieldBytes else { throw .unfitLength(named(field)) }
        return text
    }

    /// A required string within the length limit of a name.
    func name(_ field: String) throws(MessageFault) -> String {
        let text = try text(field)
        guard text.utf8.count <= MessageLimits.nameBytes else { throw .unfitLength(named(field)) }
        return text
    }

    /// A required time.
    func time(_ field: String) throws(MessageFault) -> Instant {
        guard let time = Instant(try text(field), spelling: .javaTime) else { throw .notATime(named(field)) }
        return time
    }

    /// A required time that is not before another.
    func end(_ field: String, notBefore start: Instant) throws(MessageFault) -> Instant {
        let end = try time(field)
        guard end >= start else { throw .endBeforeStart }
        return end
    }

    private func named(_ field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }
}
