internal import LosslessJSON

/// What is wrong with credentials: the field and the fault, never the content.
struct CredentialFault: Error, Equatable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }
}

/// The fields of a credential file, or of an object in it.
struct CredentialFields: Sendable {
    /// The longest single-line text accepted, in bytes.
    static let maximumTextBytes = 4096
    private static let rules = JSONRules(maximumDepth: 16, maximumBytes: CredentialFiles.maximumBytes)

    private let object: JSONValue
    /// The path to these fields, put before each field's name in errors.
    private let prefix: String

    /// Parses a file's content.
    init(_ bytes: [UInt8]) throws(CredentialFault) {
        do throws(JSONError) {
            object = try JSONDocument(bytes, rules: Self.rules).root
        } catch {
            throw CredentialFault("\(error)")
        }
        prefix = ""
        guard object.kind == .object else { throw CredentialFault("not a JSON object") }
    }

    private init(_ object: JSONValue, prefix: String) {
        self.object = object
        self.prefix = prefix
    }

    var names: [String] { (object.members ?? []).compactMap(\.name.string) }

    /// Whether the field exists and is not null.
    func has(_ name: String) -> Bool { object[name].map { !$0.isNull } ?? false }

    /// A single-line text; nil if the field is missing.
    func optionalText(_ name: String) throws(CredentialFault) -> String? {
        guard let text = try optionalLines(name) else { return nil }
        guard text.utf8.count <= Self.maximumTextBytes, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw fault(name, "is too long or has a control character")
        }
        return text
    }

    /// A single-line text.
    func text(_ name: String) throws(CredentialFault) -> String {
        guard let text = try optionalText(name) else { throw fault(name, "is missing") }
        return text
    }

    /// A text of one or more lines.
    func lines(_ name: String) throws(CredentialFault) -> String {
        guard let text = try optionalLines(name) else { throw fault(name, "is missing") }
        return text
    }

    /// The email address of a service account, which becomes part of URLs and logs.
    func serviceAccount(_ name: String) throws(CredentialFault) -> String {
        let text = try text(name)
        guard text.isServiceAccount else { throw fault(name, "is not an e-mail address") }
        return text
    }

    /// The fields of an object; nil if the field is missing.
    func optionalObject(_ name: String) throws(CredentialFault) -> CredentialFields? {
        guard has(name), let value = object[name] else { return nil }
        guard value.kind == .object else { throw fault(name, "is not an object") }
        return CredentialFields(value, prefix: "\(prefix)\(name).")
    }

    func object(_ name: String) throws(CredentialFault) -> CredentialFields {
        guard let fields = try optionalObject(name) else { throw fault(name, "is missing") }
        return fields
    }

    /// Single-line texts; empty if the field is missing.
    func texts(_ name: String) throws(CredentialFault) -> [String] {
        guard has(name), let value = object[name] else { return [] }
        let texts = value.elements?.compactMap(\.string)
        guard let texts, texts.count == value.elements?.count,
            texts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= Self.maximumTextBytes })
        else { throw fault(name, "is not an array of strings") }
        return texts
    }

    /// An integer; nil if the field is missing.
    func optionalInteger(_ name: String, in range: ClosedRange<Int64>) throws(CredentialFault) -> Int64? {
        guard has(name) else { return nil }
        guard let number = object[name]?.integer, range.contains(number) else {
            throw fault(name, "is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func fault(_ name: String, _ what: String) -> CredentialFault { CredentialFault("\(prefix)\(name) \(what)") }

    private func optionalLines(_ name: String) throws(CredentialFault) -> String? {
        guard has(name) else { return nil }
        guard let text = object[name]?.string else { throw fault(name, "is not a string") }
        guard !text.isEmpty else { throw fault(name, "is empty") }
        return text
    }
}

extension String {
    /// Whether the text can be a service account's address, judging by its characters.
    var isServiceAccount: Bool {
        let parts = split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, utf8.count <= 320 else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._+".utf8.contains(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                }
        }
    }
}
