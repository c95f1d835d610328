internal import Synchronization
internal import Timestamps

/// Pub/Sub: topics, what was published to them, and the push subscriptions.
package final class PubSub: Sendable {
    /// Older messages of a topic are forgotten beyond this number (subscriptions keep their own).
    package static let maximumPublished = 20_000
    /// The most messages in one call.
    package static let maximumMessagesPerCall = 1000
    /// The most data in one message, in bytes.
    package static let maximumDataBytes = 10_000_000
    /// The most attributes of one message.
    package static let maximumAttributes = 100

    private struct Topic {
        var published: [PubSubMessage] = []
        var subscriptions: [PushSubscription] = []
    }

    private struct State {
        var topics: [String: Topic] = [:]
        /// Resembles real message IDs.
        var lastID = 2_070_443_601_311_540
    }

    private let sender: PushSender
    private let log: DeliveryLog
    private let state = Mutex(State())
    /// Subscriptions whose delivery is to begin.
    private let starting: AsyncStream<PushSubscription>
    private let start: AsyncStream<PushSubscription>.Continuation

    init(sender: PushSender, log: DeliveryLog) {
        self.sender = sender
        self.log = log
        (starting, start) = AsyncStream.makeStream()
    }

    /// Makes a topic, `projects/P/topics/T`, if it is not there yet.
    package func createTopic(_ name: String) {
        state.withLock { state in
            state.topics[name] = state.topics[name] ?? Topic()
        }
    }

    /// Makes a push subscription, and its topic if that is not there yet; delivery begins immediately.
    package func createSubscription(_ settings: SubscriptionSettings) -> PushSubscription {
        let subscription = PushSubscription(settings, sender: sender, log: log) { [weak self] topic, message in
            // A dead-letter topic that does not exist loses the message, as with the real service.
            _ = try? self?.publish([message], to: topic)
        }
        state.withLock { $0.topics[settings.topic, default: Topic()].subscriptions.append(subscription) }
        start.yield(subscription)
        return subscription
    }

    /// Delivers to all subscriptions until the task is cancelled; to be called once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await subscription in starting { group.addTask { await subscription.run() } }
        }
    }

    /// Publishes messages.
    ///
    /// - Returns: The message IDs, in order.
    /// - Throws: ``GoogleError``: `NOT_FOUND` if there is no such topic.
    package func publish(_ messages: [OutgoingMessage], to topic: String) throws(GoogleError) -> [String] {
        let now = sender.time.now()
        let time = Instant(seconds: now.seconds, nanoseconds: now.nanoseconds / 1_000_000 * 1_000_000)
        let found = state.withLock { state -> (taken: [PubSubMessage], subscriptions: [PushSubscription])? in
            guard let subscriptions = state.topics[topic]?.subscriptions else { return nil }
            let taken = messages.map { message in
                state.lastID += 1
                return PubSubMessage(id: String(state.lastID), publishTime: time, content: message)
            }
            state.topics[topic]?.published.append(contentsOf: taken)
            let excess = (state.topics[topic]?.published.count ?? 0) - Self.maximumPublished
            if excess > 0 { state.topics[topic]?.published.removeFirst(excess) }
            return (taken, subscriptions)
        }
        guard let found else {
            throw .notFound("Resource not found (resource=\(topic.split(separator: "/").last ?? "")).")
        }
        for subscription in found.subscriptions {
            for message in found.taken { subscription.add(message) }
        }
        return found.taken.map(\.id)
    }

    /// What was published to a topic, oldest first.
    package func published(_ topic: String) -> [PubSubMessage] {
        state.withLock { $0.topics[topic]?.published ?? [] }
    }

    /// A push subscription by its name, `projects/P/subscriptions/S`.
    package func subscription(_ name: String) -> PushSubscription? {
        state.withLock { state in
            state.topics.values.lazy.flatMap(\.subscriptions).first { $0.settings.name == name }
        }
    }
}
