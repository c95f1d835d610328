internal import Base64
package import HTTPTransport
internal import LosslessJSON
package import Timestamps

/// Publishes messages to Pub/Sub (https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish).
package struct TopicPublisher: Sendable {
    /// Pub/Sub's limits for one message (https://docs.cloud.google.com/pubsub/quotas#resource_limits).
    package static let maximumDataBytes = 10 * 1000 * 1000
    package static let maximumAttributes = 100
    package static let maximumKeyBytes = 256
    package static let maximumValueBytes = 1024

    private static let maximumResponseBytes = 64 * 1024
    private static let rules = JSONRules(maximumDepth: 8, maximumBytes: maximumResponseBytes)

    private let baseURL: String
    private let api: GoogleAPI

    /// Creates a publisher.
    ///
    /// - Parameters:
    ///   - baseURL: The service's URL without a trailing slash; for the emulator `http://` and its host.
    ///   - transport: The transport to send requests with.
    ///   - tokens: Where access tokens come from; nil for the emulator.
    ///   - time: The clocks to use.
    package init(
        baseURL: String = "https://pubsub.googleapis.com",
        transport: any Transport,
        tokens: (any AccessTokenSource)?,
        time: TimeSource = .system
    ) {
        self.baseURL = baseURL
        api = GoogleAPI(transport: transport, tokens: tokens, time: time)
    }

    /// Publishes one message.
    ///
    /// After ``PublishError/unavailable(_:)`` the message may still have been published.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - data: The raw content; sent as base64.
    ///   - attributes: The attributes; if empty, there must be data.
    ///   - duration: The overall time limit.
    /// - Returns: The message's ID.
    /// - Throws: ``PublishError``.
    package func publish(
        topic: TopicPath,
        data: [UInt8],
        attributes: [String: String],
        within duration: Duration
    ) async throws(PublishError) -> String {
        guard Self.isValid(data, attributes) else { throw .invalidMessage }
        let response: TransportResponse
        do throws(GoogleAPI.Failure) {
            response = try await api.post(
                "\(baseURL)/v1/\(topic.urlPath):publish",
                body: Self.body(data, attributes),
                within: duration,
                responseBytes: Self.maximumResponseBytes
            )
        } catch {
            throw PublishError(error)
        }
        guard response.status == 200 else { throw PublishError(response) }
        guard let root = try? JSONDocument(response.body, rules: Self.rules).root,
            let id = root["messageIds"]?.elements?.first?.string
        else { throw .unavailable("answer without a message ID") }
        return id
    }

    /// The attributes of a received message without those that Pub/Sub reserves, such as a schema's, so that it can be
    /// republished.
    package static func withoutReserved(_ attributes: [String: String]) -> [String: String] {
        attributes.filter { !isReserved($0.key) }
    }

    private static func isReserved(_ name: String) -> Bool { name.utf8.starts(with: "goog".utf8) }

    private static func isValid(_ data: [UInt8], _ attributes: [String: String]) -> Bool {
        !(data.isEmpty && attributes.isEmpty) && data.count <= maximumDataBytes
            && attributes.count <= maximumAttributes
            && attributes.allSatisfy { name, value in
                (1...maximumKeyBytes).contains(name.utf8.count) && !isReserved(name)
                    && value.utf8.count <= maximumValueBytes
            }
    }

    private static func body(_ data: [UInt8], _ attributes: [String: String]) -> [UInt8] {
        var message: [(name: String, value: JSONText)] = []
        if !data.isEmpty { message.append(("data", .string(Base64.encode(data)))) }
        if !attributes.isEmpty {
            // In a fixed order, so that the same message always gives the same request.
            let pairs = attributes.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSONText.string($0.value)) }
            message.append(("attributes", .object(pairs)))
        }
        return (["messages": [.object(message)]] as JSONText).bytes()
    }
}
