/// The full name of a Pub/Sub topic: `projects/P/topics/T`.
package struct TopicPath: Hashable, Sendable, CustomStringConvertible {
    package let project: ProjectID
    /// The topic's ID in its project.
    package let topic: String

    /// Parses a full name; nil if the text is not valid.
    package init?(_ text: some StringProtocol) {
        guard let (project, topic) = PubSubName.split(text, collection: "topics") else { return nil }
        self.project = project
        self.topic = topic
    }

    package var description: String { "projects/\(project)/topics/\(topic)" }

    var urlPath: String { "projects/\(project.pathSegment)/topics/\(PubSubName.pathSegment(topic))" }
}

/// The full name of a Pub/Sub subscription: `projects/P/subscriptions/S`.
package struct SubscriptionPath: Hashable, Sendable, CustomStringConvertible {
    package let project: ProjectID
    /// The subscription's ID in its project.
    package let subscription: String

    /// Parses a full name; nil if the text is not valid.
    package init?(_ text: some StringProtocol) {
        guard let (project, subscription) = PubSubName.split(text, collection: "subscriptions") else { return nil }
        self.project = project
        self.subscription = subscription
    }

    package var description: String { "projects/\(project)/subscriptions/\(subscription)" }
}

/// The rules that topics and subscriptions share (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names).
private enum PubSubName {
    static func split(_ text: some StringProtocol, collection: String) -> (project: ProjectID, id: String)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "projects", parts[2] == collection, let project = ProjectID(parts[1]),
            isID(parts[3].utf8)
        else { return nil }
        return (project, String(parts[3]))
    }

    /// The ID in a URL's path: of the characters allowed in an ID, only the percent sign needs encoding.
    static func pathSegment(_ id: String) -> String {
        id.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
    }

    /// 3 to 255 characters, starting with a letter but not with `goog`.
    private static func isID(_ id: some Collection<UInt8>) -> Bool {
        guard (3...255).contains(id.count), let first = id.first, isLetter(first), !id.starts(with: "goog".utf8) else {
            return false
        }
        return id.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.~+%".utf8.contains(byte)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
