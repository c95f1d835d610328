import FoundationEssentials
import Testing
import Timestamps

@testable import Service
@testable import jitcleanup

@Suite("What explain says")
struct ExplanationTests {
    private static let activation = activationMessage("roles/a, roles/b")
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

    @Test(arguments: [
        (#"{"message":{}}"#, "400: nothing is done"), (#"{"message":{"data":"!"}}"#, "400: nothing is done"),
        (#"{"message":{"data":"aGVsbG8="}}"#, "204: acknowledged, and nothing is done"),
        (#"{"type":"RequestActivation"}"#, "204: acknowledged, and nothing is done"),
        (#"{"type":"ActivationApproved"}"#, "204: acknowledged, and logged as an ERROR"),
        (#"{"type":"Activ"#, "204: acknowledged, and logged as an ERROR"),
        (Self.activation.replacing("shop-production", with: "Shop"), "204: acknowledged, and logged as an ERROR"),
    ])
    func `what is not acted on is named with its answer`(content: String, answer: String) throws {
        let steps = try explain(content).steps
        #expect(steps.last?.title == "Outcome")
        #expect(steps.last?.lines.first?.hasPrefix(answer) == true, "\(steps)")
    }

    @Test func `a project that is not allowed goes to quarantine`() throws {
        let settings = ["ALLOWED_PROJECTS": "other-*", "QUARANTINE_TOPIC_NAME": "projects/my-project/topics/kept"]
        let text = try explain(Self.activation, settings: settings).text
        #expect(text.contains("3. Resource: projects/shop-production: not among ALLOWED_PROJECTS"))
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
        #expect(outcome?.lines.first?.hasPrefix("425: Retry-After: 120,") == true)
        #expect(outcome?.lines.dropFirst().first?.hasPrefix("from 2026-01-31T11:01:00Z on: ") == true)
    }

    @Test(arguments: [("2026-01-31T11:00:59.5Z", true), ("2026-01-31T11:01:00Z", false)])
    func `the grace is kept to the instant`(at: String, isEarly: Bool) throws {
        #expect((try explain(Self.activation, at: at).text.contains("it has not ended")) == isEarly)
    }

    @Test(arguments: ["2026-01-31T12:00:00Z", "2026-02-02T11:00:00Z"])
    func `a policy that the service refuses is answered with 500 until it is given up`(at: String) throws {
        let policy = #"{"version":2,"etag":"BwX=","bindings":[]}"#
        let lines = try explain(Self.activation, policy: policy, at: at).steps.last?.lines
        #expect(lines?.count == 2)
        #expect(lines?.first == "500: policy-not-understood; Pub/Sub delivers it again")
        let end = "after 2026-02-01T11:00:00Z (GIVE_UP_SECONDS), if refused for ten minutes: 204: acknowledged, "
        #expect(lines?.last?.hasPrefix(end) == true)
    }

    @Test func `of one that has not ended it says as well what its policy would lead to then`() throws {
        let policy = #"{"version":2,"etag":"BwX=","bindings":[]}"#
        let lines = try explain(Self.activation, policy: policy, at: "2026-01-31T10:59:00Z").steps.last?.lines
        #expect(lines?.first?.hasPrefix("425: ") == true)
        #expect(
            lines?.dropFirst().first
                == "from 2026-01-31T11:01:00Z on: 500: policy-not-understood; Pub/Sub delivers it again"
        )
    }

    @Test func `each binding goes or stays, with the reason`() throws {
        let text = try explain(Self.activation, policy: Self.policy).text
        let lines = """
            5. Policy: 4 bindings, 3 in scope; as of 2026-01-31T12:00:00Z
               goes  roles/a  user:alice@example.com user:bob@example.com  its own condition can never be true again \
            since 2026-01-31T11:00:00Z
               goes  roles/c  user:carol@example.com  its own condition can never be true again since \
            2026-01-31T11:00:00Z
               stays  roles/b  user:alice@example.com  not-understood: the expression does not require JIT Access's \
            time window

            """
        #expect(text.contains(lines), "\(text)")
        let outcome = "   one write removes what goes, with the etag BwX=\n   204: nothing is left to do\n"
        #expect(text.hasSuffix(outcome), "\(text)")
    }

    @Test func `where nothing has expired nothing is written`() throws {
        let policy = Self.policy.replacing("2026-01-31T11:00:00Z", with: "2026-01-31T11:59:30Z")
        let text = try explain(Self.activation, policy: policy).text
        #expect(text.contains("stays  roles/c  user:carol@example.com  ended at 2026-01-31T11:59:30Z, less than 60 s"))
        #expect(text.hasSuffix("   204: nothing to remove, so nothing is written\n"))
    }

    @Test func `of a condition that died before its window the end is when it died`() throws {
        let expression =
            #"(request.time >= timestamp(\"2026-01-01T00:00:00Z\") && request.time < timestamp(\"2026-12-01T00:00:00Z\"))"#
            + #" && request.time < timestamp(\"2026-01-15T00:00:00Z\")"#
        let policy =
            #"{"version":3,"etag":"BwX=","bindings":[{"role":"roles/a","members":["user:bob@example.com"],"#
            + #""condition":{"title":"JIT access activation","expression":"\#(expression)"}}]}"#
        let text = try explain(Self.activation, policy: policy).text
        #expect(
            text.contains(
                "goes  roles/a  user:bob@example.com  its own condition can never be true again since 2026-01-15T"
            )
        )
    }

    @Test(arguments: [
        (
            "2026-01-31T12:00:00Z",
            "425: published so recently that the read may not show its binding; Retry-After: 540"
        ),
        (
            "2026-01-31T12:08:59Z",
            "425: published so recently that the read may not show its binding; Retry-After: 1"
        ),
        ("2026-01-31T12:09:00Z", "204: nothing to remove, so nothing is written"),
    ])
    func `a fresh message whose policy shows nothing is sent back until it is ten minutes old`(
        at: String,
        answer: String
    ) throws {
        let empty = #"{"version":3,"etag":"BwX=","bindings":[]}"#
        let content = envelope(Self.activation, published: "2026-01-31T11:59:00Z")
        #expect(try explain(content, policy: empty, at: at).steps.last?.lines == [answer])
    }

    @Test func `a fresh message whose binding is removed is done, but for a dry run`() throws {
        let content = envelope(Self.activation, published: "2026-01-31T11:59:00Z")
        let lines = try explain(content, policy: Self.policy).steps.last?.lines
        #expect(lines?.last == "204: nothing is left to do")
        let dry = try explain(content, policy: Self.policy, settings: ["DRY_RUN": "true"]).steps.last?.lines
        #expect(dry?.contains { $0.hasPrefix("425: published so recently") } == true)
        #expect(dry?.last == "(DRY_RUN is set: no policy is written)")
    }

    @Test func `nothing of the message can move the cursor`() throws {
        let hostile = Self.activation.replacing("alice@", with: #"\u001b[2Ja\u000aalice@"#)
        let text = try explain(hostile).text
        #expect(text.contains(#"grant    roles/a to user:\u{1b}[2Ja\u{a}alice@example.com"#))
        #expect(!text.contains("\u{1B}"))
    }

    @Test(arguments: ["", "now", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00"])
    func `what is no instant is refused`(text: String) {
        #expect(InstantArgument(argument: text) == nil)
    }

    private func envelope(_ data: String, published: String) -> String {
        let data = Data(data.utf8).base64EncodedString()
        return #"{"message":{"data":"\#(data)","messageId":"1","publishTime":"\#(published)"},"subscription":"s"}"#
    }
}
