import Base64
import ExpiryNotices
import Testing

@testable import Service
@testable import jitcleanup

@Suite("Which files explain understands")
struct ExplainedFileTests {
    private static let activation = activationMessage(beneficiary: "alice???>>>@example.com")
    private static let entry = #"""
        {"logName":"projects/shop-production/logs/cloudaudit.googleapis.com%2Factivity","insertId":"a","protoPayload":{
        "@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"cloudresourcemanager.googleapis.com",
        "methodName":"SetIamPolicy","resourceName":"projects/shop-production"}}
        """#
    private static let policy =
        #"{"version":3,"etag":"BwX=","bindings":[{"role":"roles/a","members":["user:a@x.org"]}]}"#
    private static let ancestors = #"[{"id":"shop-production","type":"project","policy":\#(Self.policy)}]"#
    private static let search =
        #"{"assetType":"cloudresourcemanager.googleapis.com/Project","resource":"//x","policy":{"bindings":[]}}"#
    private static let urlSafe = Base64.encodeURLSafe(Array(activation.utf8))
    private static let pulled = #"{"ackId":"1","message":{"data":"\#(urlSafe)","messageId":"1","publishTime":"x"}}"#

    // MARK: Refusals

    @Test(arguments: [
        ("", "it is empty"), (" \n", "it is empty"), ("\u{FEFF}", "it is empty"), ("[]", "it is an empty list"),
        (#"{"receivedMessages":[]}"#, "it is an empty list"), ("{}", "JSON of another kind"),
        ("hello", "text that is not JSON"), ("\"hello\"", "JSON of another kind"), ("7", "JSON of another kind"),
        (Base64.encode(Array(Self.activation.utf8)), "base64; decode it first"), (Self.urlSafe + "\n", "base64"),
        (#"{"specversion":"1.0","type":"x","data":{"message":{"data":"e30="}}}"#, "a CloudEvent"),
        (Self.policy, "a policy"), (Self.ancestors, "the policies of a resource and its ancestors"),
        ("[\(Self.search)]", "the results of an asset search"),
        (#"{"results":[\#(Self.search)]}"#, "the results of an asset search"),
        ("---\nackId: '1'\nmessage:\n  messageId: '1'\n", "use --format=json"),
        ("insertId: a\nlogName: b\n", "use --format=json"), ("┌──────┐\n", "use --format=json"),
        (#"{"name":"t","scheduleTime":"2026-01-31T10:00:00Z","httpRequest":{"url":"x"}}"#, "--response-view=full"),
        ("[\(Self.pulled),{}]", "JSON of another kind"),
    ])
    func `what is no message is no reason for a verdict, and the error says what it looks like`(
        content: String,
        look: String
    ) throws {
        let error = try #require(throws: InputFile.Failure.self) { try read(Array(content.utf8)) }
        #expect(error.description.hasPrefix("message.json: "))
        #expect(error.description.contains(look), "\(error)")
    }

    @Test func `with the origin of an activation, too, base64 and YAML are no damaged one`() throws {
        for content in [Self.urlSafe, "message:\n  messageId: '1'\n", "hello"] {
            #expect(throws: InputFile.Failure.self) { try read(Array(content.utf8), origin: "jit-binding") }
        }
    }

    @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF], []])
    func `UTF-16 is named, with and without a byte order mark`(mark: [UInt8]) throws {
        let isBig = mark.first == 0xFE
        let content = Self.activation.utf16.flatMap { unit -> [UInt8] in
            let (low, high) = (UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8))
            return isBig ? [high, low] : [low, high]
        }
        let error = try #require(throws: InputFile.Failure.self) { try read(mark + content) }
        #expect(error.description == "message.json: it looks like UTF-16; save it as UTF-8")
    }

    @Test(arguments: [
        (
            "bindings:\n- members:\n  - user:a@x.org\n  role: roles/a\netag: BwX=\n",
            "gcloud's YAML or a table; use --format=json"
        ),
        (#"{"version":3,"bindings":[]}"#, "a policy without an etag"), (Self.ancestors, "and its ancestors"),
        ("[\(Self.search)]", "the results of an asset search"), (Self.search, "the results of an asset search"),
        ("[\(Self.policy)]", "a list of policies"), (Self.activation, "JSON of another kind"),
        (Self.pulled, "a message"), (Self.entry, "a message"), ("hello", "text that is not JSON"),
    ])
    func `what is no resource's policy is no reason for a verdict, and the error says what it looks like`(
        content: String,
        look: String
    ) throws {
        let file = try InputFile(name: "policy.json", bytes: Array(content.utf8))
        let error = try #require(throws: InputFile.Failure.self) { try file.checkLooksLikePolicy() }
        #expect(error.description.hasPrefix("policy.json: not a resource's policy; it looks like "))
        #expect(error.description.contains(look), "\(error)")
    }

    @Test(arguments: [
        Self.policy, "\u{FEFF}" + Self.policy, Self.policy.replacing("\"version\":3", with: "\"version\":2"),
        Self.policy.replacing("roles/a", with: "roles/a_withcond_1"), #"{"etag":"BwX=","etag":"BwY="}"#,
    ])
    func `what the service itself would refuse in a policy is left to its verdict`(content: String) throws {
        try InputFile(name: "policy.json", bytes: Array(content.utf8)).checkLooksLikePolicy()
    }

    // MARK: What people have

    @Test(arguments: [
        (Self.activation, "the data of a message"), ("\u{FEFF}" + Self.activation, "the data of a message"),
        (#"{"message":{"data":"\#(Self.urlSafe)"},"subscription":"s"}"#, "a push envelope"),
        (Self.pulled, "a pulled message"), ("[\(Self.pulled)]", "a pulled message"),
        (#"{"receivedMessages":[\#(Self.pulled)]}"#, "a pulled message"),
    ])
    func `a message is the same in each of its shapes`(content: String, summary: String) throws {
        let messages = try read(Array(content.utf8))
        #expect(messages.map(\.resource) == ["projects/shop-production"])
        #expect(messages.first?.summary.hasPrefix(summary) == true)
    }

    @Test func `each of several messages is explained, those that are ignored as well`() throws {
        let own = #"{"ackId":"2","message":{"attributes":{"origin":"jit-cleanup"},"messageId":"2"}}"#
        let messages = try read(Array("[\(Self.pulled),\(own),\(Self.entry)]".utf8))
        #expect(messages.map(\.resource) == ["projects/shop-production", nil, "projects/shop-production"])
        #expect(messages[1].reading == .ignored(.ownEcho))
    }

    @Test(arguments: [true, false])
    func `entries are read as gcloud and the API list them, those of other logs as well`(isArray: Bool) throws {
        let list = #"[\#(Self.entry),{"logName":"projects/p/logs/syslog","textPayload":"x"}]"#
        let messages = try read(Array((isArray ? list : #"{"entries":\#(list)}"#).utf8))
        #expect(messages.map(\.resource) == ["projects/shop-production", nil])
        #expect(messages[1].reading == .ignored(.foreign))
    }

    @Test
    func `a pulled message is taken whatever PUBSUB_SUBSCRIPTION_PATH says, since it does not name its subscription`()
        throws
    {
        let settings = ["PUBSUB_SUBSCRIPTION_PATH": "projects/my-project/subscriptions/jitcleanup"]
        #expect(try read(Array(Self.pulled.utf8), settings: settings).first?.answer == [])
    }

    private func read(
        _ content: [UInt8],
        origin: String? = nil,
        settings: [String: String] = [:]
    ) throws -> [ExplainedInput] {
        try messages(content, origin: origin, try CommandSettings(environment: settings, isTerminal: false))
    }
}
