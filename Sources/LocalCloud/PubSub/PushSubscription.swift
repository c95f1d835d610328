internal import HTTPTransport
internal import Synchronization
package import Timestamps

/// A push subscription: it delivers each message again and again until it is acknowledged.
///
/// https://cloud.google.com/pubsub/docs/push
package final class PushSubscription: Sendable {
    /// What is to be delivered.
    struct Pursuit: Sendable {
        let messageID: String
        /// A message that was set back is pursued anew; the pursuit before it ends when it sees another number.
        let generation: Int
        /// Whether it is one more delivery of a message, acknowledged or not.
        let isDuplicate: Bool
    }

    /// The settings to begin with.
    package let settings: SubscriptionSettings
    let sender: PushSender
    let log: DeliveryLog
    /// Takes a message that was refused too often.
    let deadLetter: @Sendable (_ topic: String, OutgoingMessage) -> Void
    let slots: DeliverySlots
    let pace = DeliveryPace()
    let state: Mutex<State>
    private let pursuits: AsyncStream<Pursuit>
    private let pursue: AsyncStream<Pursuit>.Continuation

    init(
        _ settings: SubscriptionSettings,
        sender: PushSender,
        log: DeliveryLog,
        deadLetter: @escaping @Sendable (_ topic: String, OutgoingMessage) -> Void
    ) {
        self.settings = settings
        self.sender = sender
        self.log = log
        self.deadLetter = deadLetter
        slots = DeliverySlots(limit: settings.maximumInFlight)
        state = Mutex(State(pushEndpoint: settings.pushEndpoint, authentication: settings.authentication))
        (pursuits, pursue) = AsyncStream.makeStream()
    }

    /// Delivers until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await pursuit in pursuits {
                group.addTask { await self.deliver(pursuit) }
            }
        }
    }

    /// Takes a published message.
    func add(_ message: PubSubMessage) {
        state.withLock { $0.entries[message.id] = Entry(message: message) }
        pursue.yield(Pursuit(messageID: message.id, generation: 0, isDuplicate: false))
    }

    /// Delivers a message once more, whether or not it was acknowledged.
    package func duplicate(_ messageID: String) {
        pursue.yield(Pursuit(messageID: messageID, generation: 0, isDuplicate: true))
    }

    /// Changes the push endpoint from now on.
    package func setPushEndpoint(_ url: String) {
        state.withLock { $0.pushEndpoint = url }
    }

    /// Changes how pushes authenticate from now on.
    package func setAuthentication(_ authentication: SubscriptionSettings.Authentication) {
        state.withLock { $0.authentication = authentication }
    }

    /// Holds all deliveries back until ``resume()``; those that are on their way go on.
    package func pause() { slots.setOpen(false) }

    /// Lets deliveries happen again.
    package func resume() { slots.setOpen(true) }

    /// The IDs of the messages that are not acknowledged, oldest first.
    package var unacknowledged: [String] {
        state.withLock { state in
            state.entries.values.filter { !$0.isAcknowledged }
                .sorted { ($0.message.publishTime, $0.message.id) < ($1.message.publishTime, $1.message.id) }
                .map(\.message.id)
        }
    }

    /// Sets the subscription to a point in time: what was published before it counts as acknowledged, what was
    /// published from then on comes again, if it is still kept.
    ///
    /// https://cloud.google.com/pubsub/docs/replay-overview
    package func seek(to time: Instant) {
        let again = state.withLock { state in
            var again: [Pursuit] = []
            for (id, entry) in state.entries {
                var changed = entry
                changed.isAcknowledged = entry.message.publishTime < time
                if changed.isAcknowledged == entry.isAcknowledged { continue }
                changed.generation += 1
                changed.attempts = 0
                state.entries[id] = changed
                if !changed.isAcknowledged {
                    again.append(Pursuit(messageID: id, generation: changed.generation, isDuplicate: false))
                }
            }
            return again
        }
        for pursuit in again.sorted(by: { $0.messageID < $1.messageID }) { pursue.yield(pursuit) }
    }
}

extension PushSubscription {
    /// A message and its delivery state.
    struct Entry {
        let message: PubSubMessage
        var isAcknowledged = false
        var attempts = 0
        var generation = 0
    }

    struct State {
        var pushEndpoint: String
        var authentication: SubscriptionSettings.Authentication
        var entries: [String: Entry] = [:]
        var backoff = PushBackoff()
    }
}
