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
