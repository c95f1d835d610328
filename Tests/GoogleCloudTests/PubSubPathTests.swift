import Testing

@testable import GoogleCloud

@Suite struct PubSubPathTests {
    @Test(arguments: [
        "", "topic", "projects/my-project/topics/", "projects/my-project/topics/ab",
        "projects/my-project/topics/1topic",
        "projects/my-project/topics/topic/", "/projects/my-project/topics/topic", "projects/my-project/topics/../x",
        "projects//topics/topic", "projects/p/topics/topic", "projects/my-project/subscriptions/topic",
        "projects/my-project/topics/google-topic", "projects/my-project/topics/to pic",
        "projects/my-project/topics/topic:publish",
        "projects/my-project/topics/topic?x", "projects/my-project/topics/tópic", "projects/my-project/Topics/topic",
        "projects/my-project/topics/a\(String(repeating: "b", count: 255))",
    ])
    func `what is no topic's name is refused`(text: String) {
        #expect(TopicPath(text) == nil)
    }

    @Test(arguments: [
        ("projects/my-project/topics/abc", "projects/my-project/topics/abc"),
        (
            "projects/example.com:my-project/topics/a.b_c~d+e%2F-9",
            "projects/example.com%3Amy-project/topics/a.b_c~d+e%252F-9"
        ),
        (
            "projects/my-project/topics/a\(String(repeating: "b", count: 254))",
            "projects/my-project/topics/a\(String(repeating: "b", count: 254))"
        ),
    ])
    func `a topic's name keeps its spelling and stays in its path`(text: String, path: String) {
        #expect(TopicPath(text)?.description == text)
        #expect(TopicPath(text)?.urlPath == path)
    }

    @Test func `a subscription's name is read by the same rules`() {
        let path = SubscriptionPath("projects/my-project/subscriptions/push-1")
        #expect(path?.project == ProjectID("my-project"))
        #expect(path?.subscription == "push-1")
        #expect(path?.description == "projects/my-project/subscriptions/push-1")
        #expect(SubscriptionPath("projects/my-project/topics/push-1") == nil)
        #expect(SubscriptionPath("projects/my-project/subscriptions/push/1") == nil)
    }
}
