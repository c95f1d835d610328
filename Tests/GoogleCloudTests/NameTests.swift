import Testing

@testable import GoogleCloud

@Suite struct ProjectIDTests {
    @Test(arguments: [
        "", "short", "a234567890123456789012345678901", "1project", "-project", "project-", "Project", "my_project",
        "my.project", "my project", "my/project", "../project", "..", "my-project/../other", "my-project%2F",
        "my-project?a=b",
        "my-project#a", "my-project:getIamPolicy", "my-project\n", "my-project\0", "projéct", "project\u{301}",
        "123456789012",
        "my-project@x", "projects/my-project", ":my-project", "example:my-project", "example.com:", "example.com:short",
        ".com:my-project", "example.:my-project", "example..com:my-project", "-a.com:my-project", "a-.com:my-project",
        "Example.com:my-project", "a.com:b.com:my-project", "a.com/:my-project", "a.com%:my-project",
        "a b.com:my-project",
        "\(String(repeating: "a", count: 64)).com:my-project",
        "\(String(repeating: "aaaaaaaaa.", count: 25))aaaa:my-project",
    ])
    func `a text that could leave its place in a path, or is no ID, is refused`(text: String) {
        #expect(ProjectID(text) == nil)
    }

    @Test(arguments: [
        ("abcdef", "abcdef"), ("a23456789012345678901234567890", "a23456789012345678901234567890"),
        ("my--project-1", "my--project-1"), ("example.com:my-project", "example.com%3Amy-project"),
        (
            "\(String(repeating: "a", count: 63)).co-m:my-project",
            "\(String(repeating: "a", count: 63)).co-m%3Amy-project"
        ),
        (
            "\(String(repeating: "aaaaaaaaa.", count: 25))aaa:my-project",
            "\(String(repeating: "aaaaaaaaa.", count: 25))aaa%3Amy-project"
        ),
    ])
    func `an ID keeps its spelling and has its colon encoded in a path`(text: String, segment: String) {
        let project = ProjectID(text)
        #expect(project?.value == text)
        #expect(project?.description == text)
        #expect(project?.pathSegment == segment)
    }
}

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

@Suite struct RequestReasonTests {
    @Test(arguments: [
        ("", nil), ("   ", nil), ("\r\n", "%0D%0A"), ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"), (" a b ", "a b"),
        ("100% \u{7F}", "100%25 %7F"), ("für", "f%C3%BCr"), ("a\0b", "a%00b"), ("😀", "%F0%9F%98%80"), ("a\tb", "a%09b"),
        ("~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}", "~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}"),
    ])
    func `a reason is made printable`(text: String, value: String?) {
        #expect(RequestReason.headerValue(text) == value)
    }

    @Test func `a reason is cut at its bound, and never inside an encoded character`() {
        let longest = String(repeating: "a", count: RequestReason.maximumBytes)
        #expect(RequestReason.headerValue(longest) == longest)
        #expect(RequestReason.headerValue(longest + "a") == longest)
        let almost = String(longest.dropLast(5))
        #expect(RequestReason.headerValue(almost + "ü") == almost)
        #expect(RequestReason.headerValue(String(almost.dropLast()) + "ü")?.utf8.count == RequestReason.maximumBytes)
    }
}
