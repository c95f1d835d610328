package import HTTPTransport
package import Timestamps

/// The outcome of one delivery of a message.
package struct DeliveryRecord: Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The endpoint answered.
        case status(Int)
        /// There was no response.
        case failed(TransportError)
        /// The message was older than the subscription keeps messages, and was dropped.
        case expired
        /// The message was refused too often, and went to the dead-letter topic.
        case deadLettered
    }

    /// `projects/P/subscriptions/S`; `relay` for what the relay passed on.
    package let subscription: String
    /// The message; empty if the relay could not read it.
    package let messageID: String
    /// The delivery's number, from 1.
    package let attempt: Int
    /// When the delivery began.
    package let time: Instant
    /// How long it took.
    package let elapsed: Duration
    package let outcome: Outcome

    /// The statuses by which an endpoint acknowledges (https://cloud.google.com/pubsub/docs/push#receive_push).
    package static let acknowledgingStatuses: Set<Int> = [102, 200, 201, 202, 204]

    /// Whether the message was acknowledged.
    package var isAcknowledged: Bool {
        if case .status(let status) = outcome { Self.acknowledgingStatuses.contains(status) } else { false }
    }
}
