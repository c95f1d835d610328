internal import Base64
internal import IAMPolicy
internal import LosslessJSON

extension InputFile {
    /// As lenient as the envelope parser, and as deep as the audit entry parser plus two levels of arrays and objects
    /// around it.
    private static let rules = JSONRules(
        maximumDepth: 104,
        maximumBytes: .max,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The content as JSON; nil if it cannot be parsed.
    var json: JSONValue? { try? JSONDocument(bytes, rules: Self.rules).root }

    /// The elements of a list as printed by gcloud or returned by an API; nil for a single item.
    static func list(in json: JSONValue) -> [JSONValue]? {
        let lists = ["receivedMessages", "entries", "tasks", "results"].lazy.compactMap { json[$0]?.elements }
        return json.elements ?? lists.first
    }

    /// Checks that the content looks like a response of `getIamPolicy`.
    ///
    /// A policy with other faults, which the service would reject, passes.
    ///
    /// - Throws: ``Failure`` if the content is not JSON, not an object, or has no etag.
    func checkLooksLikePolicy() throws(Failure) {
        do throws(PolicyError) { _ = try Policy(bytes) } catch {
            switch error {
            case .json(.malformed), .json(.notUTF8), .notAnObject, .noETag:
                throw failure("not a resource's policy; it looks like \(Self.look(of: json, bytes))")
            default: return
            }
        }
    }

    /// Describes what an unusable input looks like.
    ///
    /// - Parameters:
    ///   - json: The input as JSON; nil if it is not JSON.
    ///   - bytes: The input's bytes.
    /// - Returns: A phrase for an error message.
    static func look(of json: JSONValue?, _ bytes: [UInt8]) -> String {
        guard let json else {
            if Base64.decode(bytes.filter { $0 > 0x20 })?.first == UInt8(ascii: "{") {
                return "base64; decode it first"
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // `key: value`, a list item or a table's border.
            let isPrinted = text.prefixMatch(of: /\s*(---|- |┌|\+--|[A-Za-z]+:(\s|$))/) != nil
            return isPrinted ? "gcloud's YAML or a table; use --format=json" : "text that is not JSON"
        }
        let one = list(in: json)?.first ?? json
        if one["specversion"] != nil { return "a CloudEvent; give what it has as data" }
        if one["assetType"] != nil { return "the results of an asset search, which are no whole policies" }
        if one["policy"] != nil { return "the policies of a resource and its ancestors; give one of them" }
        if one["bindings"] != nil {
            return json.kind == .array
                ? "a list of policies" : json["etag"] == nil ? "a policy without an etag" : "a policy"
        }
        if one["message"] != nil || one["protoPayload"] != nil { return "a message" }
        return "JSON of another kind"
    }
}
