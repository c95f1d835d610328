internal import Base64
internal import IAMPolicy
internal import LosslessJSON

extension InputFile {
    /// As lenient as the reader of envelopes, and as deep as the reader of audit entries, within two arrays and objects.
    private static let rules = JSONRules(
        maximumDepth: 104,
        maximumBytes: .max,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The content, if it is JSON.
    var json: JSONValue? { try? JSONDocument(bytes, rules: Self.rules).root }

    /// What JSON lists, as gcloud prints it or as an API answers it; nil for a single thing.
    static func list(in json: JSONValue) -> [JSONValue]? {
        let lists = ["receivedMessages", "entries", "tasks", "results"].lazy.compactMap { json[$0]?.elements }
        return json.elements ?? lists.first
    }

    /// - Throws: ``Failure`` for a policy that nobody got from `getIamPolicy`; what the service would refuse is none.
    func checkLooksLikePolicy() throws(Failure) {
        do throws(PolicyError) { _ = try Policy(bytes) } catch {
            switch error {
            case .json(.malformed), .json(.notUTF8), .notAnObject, .noETag:
                throw failure("not a resource's policy; it looks like \(Self.look(of: json, bytes))")
            default: return
            }
        }
    }

    /// What a thing that cannot be used looks like.
    ///
    /// - Parameters:
    ///   - json: What it is, if it is JSON.
    ///   - bytes: Its text.
    /// - Returns: Words for an error.
    static func look(of json: JSONValue?, _ bytes: [UInt8]) -> String {
        guard let json else {
            if Base64.decode(bytes.filter { $0 > 0x20 })?.first == UInt8(ascii: "{") {
                return "base64; decode it first"
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // `key: value`, a list, or a box.
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
