internal import LosslessJSON
internal import Timestamps

/// Tells the messages of every JIT Access that ever published from each other, and from all else.
package enum MessageReader {
    /// How the data is read: no message of JIT Access nests deeper than four levels.
    private static let rules = JSONRules(maximumDepth: 32, maximumBytes: ActivationLimits.messageBytes, allowsNUL: true)

    /// Reads the data and attributes of a Pub/Sub message.
    ///
    /// - Parameters:
    ///   - data: The message's data, base64 undone; empty if it has none.
    ///   - origin: The value of the Pub/Sub attribute `origin`, which only unreleased builds set.
    /// - Returns: What the message is.
    package static func read(data: [UInt8], origin: String?) -> MessageReading {
        // The loop guard comes first: an echo's body looks exactly like an activation.
        if origin == "jit-cleanup" { return .ignored(.ownEcho) }
        let document: JSONDocument
        do {
            document = try JSONDocument(data, rules: rules)
        } catch {
            // Only what could be a damaged activation is a fault: one whose origin says so, or an object cut short.
            let couldBeActivation = origin.map(bindingOrigins.contains) ?? looksLikeObject(data)
            guard couldBeActivation else { return .ignored(kind(ofOrigin: origin)) }
            if case .tooLarge(let bytes) = error { return .unusable(.tooLarge(bytes: bytes)) }
            return .unusable(.notJSON("\(error)"))
        }
        do throws(MessageFault) {
            if let type = document.root["type"]?.string, let kind = ReleasedFamily.Kind(rawValue: type) {
                return try ReleasedFamily.read(kind, attributes: document.root["attributes"])
            }
            return try OriginFamily.read(document.root, origin: origin)
        } catch {
            return .unusable(error)
        }
    }

    /// The origins under which bindings were announced; the second one by a single day's build.
    static let bindingOrigins: Set<String> = ["jit-binding", "jit-role-activated"]

    static func kind(ofOrigin origin: String?) -> IgnoredMessage {
        switch origin {
        case "jit-approval", "jit-error", "jit-notification", "jit-test", "jit-request-approved":
            .noBinding(origin ?? "")
        default: .foreign
        }
    }

    private static func looksLikeObject(_ data: [UInt8]) -> Bool {
        data.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == UInt8(ascii: "{")
    }
}

/// JIT Access 1.5 to 1.8.1 (`PubSubNotificationService`): every value is a string, but for `reviewers`.
private enum ReleasedFamily {
    enum Kind: String {
        case selfApproved = "ActivationSelfApproved"
        case approved = "ActivationApproved"
        case requested = "RequestActivation"
    }

    static func read(_ kind: Kind, attributes: JSONValue?) throws(MessageFault) -> MessageReading {
        if kind == .requested { return .ignored(.noBinding(kind.rawValue)) }
        guard attributes != nil else { throw .missing("attributes") }
        let fields = Fields(object: attributes, path: "attributes")
        let start = try fields.time("start_time")
        return .activation(
            Activation(
                family: .released,
                project: try fields.name("project_id"),
                beneficiary: try fields.name("beneficiary"),
                roles: try RoleList.read(try fields.text("role")),
                start: start,
                end: try fields.end("end_time", notBefore: start)
            )
        )
    }
}

/// The unreleased builds of 2023: `payload`, or its content at the top level (one build, `origin=jit-approval`).
private enum OriginFamily {
    static func read(_ root: JSONValue, origin: String?) throws(MessageFault) -> MessageReading {
        guard let origin else { return .ignored(.foreign) }
        if MessageReader.bindingOrigins.contains(origin) {
            return try activation(try Fields(object: root, path: "").object("payload"))
        }
        if origin == "jit-approval", root["payload"] == nil, root["conditions"]?["expression"] != nil {
            return try activation(Fields(object: root, path: ""))
        }
        return .ignored(MessageReader.kind(ofOrigin: origin))
    }

    private static func activation(_ fields: Fields) throws(MessageFault) -> MessageReading {
        let expression = try fields.object("conditions").object("expression")
        let start = try expression.time("start")
        return .activation(
            Activation(
                family: .origin,
                project: try fields.name("project_id"),
                beneficiary: try fields.name("user"),
                roles: try RoleList.read(try fields.text("role")),
                start: start,
                end: try expression.end("end", notBefore: start)
            )
        )
    }
}

/// A self-approval of several roles since 1.6 is one message with the roles joined by `", "`.
private enum RoleList {
    static func read(_ text: String) throws(MessageFault) -> [String] {
        var roles: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let role = part.trimmingSpaces
            guard !role.isEmpty, role.count <= ActivationLimits.nameBytes else { throw .unfitLength("role") }
            // Bytes are compared: strings are equal as well where only their canonical forms are.
            if !roles.contains(where: { $0.utf8.count == role.count && $0.utf8.elementsEqual(role) }) {
                roles.append(String(Substring(role)))
            }
            guard roles.count <= ActivationLimits.roles else { throw .tooManyRoles(roles.count) }
        }
        return roles
    }
}

extension Substring.UTF8View {
    fileprivate var trimmingSpaces: Substring.UTF8View {
        var result = drop { $0 == UInt8(ascii: " ") }
        while result.last == UInt8(ascii: " ") { result.removeLast() }
        return result
    }
}
