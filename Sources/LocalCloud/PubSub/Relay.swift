internal import HTTPTransport
internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Stands between the real Pub/Sub emulator, which signs nothing, and the service: passes each push on unchanged, but
/// with a token, and passes the service's answer back.
package final class Relay: Sendable {
    /// The longest ack deadline that Pub/Sub knows; the emulator gives up on its own before.
    static let deadline = Duration.seconds(600)
    /// The subscription name in the relay's records.
    package static let subscriptionName = "relay"

    private struct State {
        var target: (url: String, authentication: SubscriptionSettings.Authentication)?
        var attempts: [String: Int] = [:]
    }

    private let sender: PushSender
    private let log: DeliveryLog
    private let state = Mutex(State())

    init(sender: PushSender, log: DeliveryLog) {
        self.sender = sender
        self.log = log
    }

    /// Sets where pushes go, and how they are signed.
    package func setTarget(_ url: String, _ authentication: SubscriptionSettings.Authentication) {
        state.withLock { $0.target = (url, authentication) }
    }

    /// `POST /relay`.
    func pass(_ body: [UInt8]) async -> LocalReply {
        let id = messageID(body)
        let (target, attempt) = state.withLock { state in
            state.attempts[id, default: 0] += 1
            return (state.target, state.attempts[id, default: 0])
        }
        guard let target else { return GoogleError.unavailable.reply }
        let start = sender.time.now()
        let uptime = sender.time.uptime()
        let (outcome, answer) = await sender.push(
            body,
            to: target.url,
            target.authentication,
            deadline: Self.deadline
        )
        log.add(
            DeliveryRecord(
                subscription: Self.subscriptionName,
                messageID: id,
                attempt: attempt,
                time: start,
                elapsed: sender.time.uptime() - uptime,
                outcome: outcome
            )
        )
        guard let answer else { return LocalReply(status: 502) }
        return LocalReply(status: answer.status, body: answer.body)
    }

    private func messageID(_ body: [UInt8]) -> String {
        let rules = JSONRules(maximumDepth: 8, maximumBytes: LoopbackServer.maximumBodyBytes, allowsNUL: true)
        let message = (try? JSONDocument(body, rules: rules))?.root["message"]
        return message?["messageId"]?.string ?? message?["message_id"]?.string ?? ""
    }
}
