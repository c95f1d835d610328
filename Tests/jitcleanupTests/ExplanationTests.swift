import Testing
import Timestamps

@testable import jitcleanup

@Suite("What explain says")
struct ExplanationTests {
    private static let activation = """
        {"type":"ActivationSelfApproved","attributes":{"role":"roles/a, roles/b","beneficiary":"alice@example.com",\
        "start_time":"2026-01-31T10:00:00Z","end_time":"2026-01-31T11:00:00Z","project_id":"shop-production"}}
        """
    private static let window =
        #"(request.time >= timestamp(\"2026-01-31T10:00:00Z\") && request.time < timestamp(\"2026-01-31T11:00:00Z\"))"#
    private static let policy = #"""
        {"version":3,"etag":"BwX=","bindings":[
        {"role":"roles/owner","members":["user:root@example.com"]},
        {"role":"roles/a","members":["user:alice@example.com","user:bob@example.com"],
         "condition":{"title":"JIT access activation","expression":"\#(window)"}},
        {"role":"roles/c","members":["user:carol@example.com"],
         "condition":{"title":"JIT access activation","expression":"\#(window)"}},
        {"role":"roles/b","members":["user:alice@example.com"],
         "condition":{"title":"JIT access activation","expression":"true"}}]}
        """#

    @Test(
        "what is not acted on is named with its answer",
        arguments: [
            (#"{"message":{}}"#, "400: nothing is done"), (#"{"message":{"data":"!"}}"#, "400: nothing is done"),
            ("hello", "204: acknowledged, and nothing is done"),
            (#"{"type":"RequestActivation"}"#, "204: acknowledged, and nothing is done"),
            (#"{"type":"ActivationApproved"}"#, "204: acknowledged, and logged as an ERROR"),
            (#"{"type":"Activ"#, "204: acknowledged, and logged as an ERROR"),
            (Self.activation.replacing("shop-production", with: "Shop"), "204: acknowledged, and logged as an ERROR"),
        ]
    )
    func notActedOn(content: String, answer: String) throws {
        let steps = try explain(content).steps
        #expect(steps.last?.title == "Outcome")
        #expect(steps.last?.lines.first?.hasPrefix(answer) == true, "\(steps)")
    }

    @Test func `a project that is not allowed goes to quarantine`() throws {
        let settings = ["ALLOWED_PROJECTS": "other-*", "QUARANTINE_TOPIC_NAME": "projects/my-project/topics/kept"]
        let text = try explain(Self.activation, settings: settings).text
        #expect(text.contains("3. Project: shop-production is not among ALLOWED_PROJECTS"))
        #expect(text.hasSuffix("204: acknowledged, and published to projects/my-project/topics/kept\n"))
    }

    @Test func `an envelope of another subscription is forbidden`() throws {
        let content = #"{"message":{"data":"e30=","messageId":"1"},"subscription":"projects/p/subscriptions/x"}"#
        let settings = ["PUBSUB_SUBSCRIPTION_PATH": "projects/my-project/subscriptions/jitcleanup"]
        let steps = try explain(content, settings: settings).steps
        #expect(steps.count == 2)
        #expect(steps.last?.lines.first?.hasPrefix("403: ") == true)
    }

    @Test func `an activation that has not ended is sent back with the seconds that are left`() throws {
        let outcome = try explain(Self.activation, at: "2026-01-31T10:59:00Z").steps.last
        #expect(outcome?.lines.first?.hasPrefix("425 with Retry-After: 120,") == true)
        #expect(outcome?.lines.last?.hasPrefix("from 2026-01-31T11:01:00Z on: ") == true)
    }

    @Test(arguments: [("2026-01-31T11:00:59.5Z", true), ("2026-01-31T11:01:00Z", false)])
    func `the grace is kept to the instant`(at: String, isEarly: Bool) throws {
        #expect((try explain(Self.activation, at: at).text.contains("it has not ended")) == isEarly)
    }

    @Test func `an activation that ends soon is held first`() throws {
        let lines = try explain(Self.activation, at: "2026-01-31T11:00:30Z", settings: ["HOLD_SECONDS": "30"])
            .steps.last?.lines
        #expect(lines?.first == "the push is held open for 30 s, until 2026-01-31T11:01:00Z")
        #expect(lines?.count == 2)
    }

    @Test func `a policy that is not worked on is refused until it is given up`() throws {
        let policy = #"{"version":3,"bindings":[]}"#
        let early = try explain(Self.activation, policy: policy, at: "2026-01-31T12:00:00Z").steps.last?.lines
        #expect(early?.first == "503, again and again until 2026-02-01T11:00:00Z (GIVE_UP_SECONDS)")
        let late = try explain(Self.activation, policy: policy, at: "2026-02-01T11:00:00Z").steps.last?.lines
        #expect(late?.first?.hasPrefix("204: acknowledged, and logged as an ERROR") == true)
    }

    @Test func `each binding's fate is told with its reason, and the policy as a difference`() throws {
        let text = try explain(Self.activation, policy: Self.policy).text
        let lines = """
            5. Policy: 4 bindings, 3 with JIT Access's title; as of 2026-01-31T12:00:00Z
               goes    roles/a  user:alice@example.com user:bob@example.com  its own condition can never be true again \
            since 2026-01-31T11:00:00Z
               goes    roles/c  user:carol@example.com  its own condition can never be true again since \
            2026-01-31T11:00:00Z
               stays   roles/b  user:alice@example.com  not understood: the expression does not require JIT Access's \
            time window

                 (1 binding unchanged)
               - roles/a

            """
        #expect(text.contains(lines), "\(text)")
        #expect(text.hasSuffix("   one write removes what is marked -, with the etag BwX=; then 204\n"))
    }

    @Test func `with CLEANUP_SCOPE=activation only its own goes`() throws {
        let text = try explain(Self.activation, policy: Self.policy, settings: ["CLEANUP_SCOPE": "activation"]).text
        #expect(text.contains("   partly  roles/a  user:alice@example.com user:bob@example.com  its own"))
        #expect(text.contains("   stays   roles/c  user:carol@example.com  expired, but of another activation"))
        #expect(text.contains("   -     user:alice@example.com\n         user:bob@example.com\n"), "\(text)")
    }

    @Test func `where nothing has expired nothing is written`() throws {
        let policy = Self.policy.replacing("2026-01-31T11:00:00Z", with: "2026-01-31T11:59:30Z")
        let text = try explain(Self.activation, policy: policy).text
        #expect(text.contains("stays   roles/c  user:carol@example.com  ended at 2026-01-31T11:59:30Z, less than 60 s"))
        #expect(text.hasSuffix("nothing to remove, so nothing is written; 204\n"))
    }

    @Test func `nothing of the message can move the cursor`() throws {
        let hostile = Self.activation.replacing("alice@", with: #"\u001b[2Ja\u000aalice@"#)
        let text = try explain(hostile).text
        #expect(text.contains(#"user     \u{1b}[2Ja\u{a}alice@example.com"#))
        #expect(!text.contains("\u{1B}"))
    }

    @Test(arguments: ["", "now", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00"])
    func `what is no instant is refused`(text: String) {
        #expect(InstantArgument(argument: text) == nil)
    }

    private func explain(
        _ content: String,
        policy: String? = nil,
        at: String = "2026-01-31T12:00:00Z",
        settings: [String: String] = [:]
    ) throws -> Explanation {
        Explanation(
            Array(content.utf8),
            origin: nil,
            policy: policy.map { Array($0.utf8) },
            at: try #require(Instant(at, spelling: .strict)),
            settings: try CommandSettings(environment: settings, isTerminal: false)
        )
    }
}
