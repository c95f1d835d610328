import LocalCloud
import Testing

@Suite struct RouteTests {
    @Test(arguments: [
        ("POST", "/v3/projects/p"), ("POST", "/v3/projects/p:testIamPermissions"),
        ("GET", "/v3/projects/p:getIamPolicy"),
        ("POST", "/v3/billing/1:getIamPolicy"), ("POST", "/v3/projects/p/x:getIamPolicy"),
        ("POST", "/v1/projects/p:publish"),
        ("POST", "/v1/projects/p/topics/t"), ("GET", "/relay"), ("POST", "/oauth2/v3/certs"), ("GET", ""),
        ("GET", "//"), ("GET", "/token"), ("POST", "/v1/token/x"),
        ("POST", "/v1/projects/p/serviceAccounts/a@b.c:generateAccessToken"),
        ("POST", "/v1/projects/-/serviceAccounts/a@b.c:generateIdToken"),
    ])
    func `what is no endpoint is unknown`(method: String, path: String) {
        #expect(Route(method: method, path: path).endpoint == .unknown)
    }

    @Test func `endpoints and their resources are found`() {
        #expect(found("POST", "/v3/projects/p-1:getIamPolicy") == "getIamPolicy p-1")
        #expect(found("POST", "/v3/projects/example.com:p:setIamPolicy") == "setIamPolicy example.com:p")
        #expect(found("POST", "/v1/projects/p/topics/t:publish") == "publish projects/p/topics/t")
        #expect(found("POST", "/v1/projects/p/subscriptions/s:seek") == "seek projects/p/subscriptions/s")
        #expect(found("GET", "/computeMetadata/v1/project/project-id") == "metadata project/project-id")
        #expect(found("GET", "/oauth2/v3/certs") == "keys ")
        #expect(found("POST", "/relay") == "relay ")
        #expect(found("POST", "/token") == "oauthToken ")
        #expect(found("POST", "/v1/token") == "securityToken ")
        #expect(
            found("POST", "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken") == "generateAccessToken a@b.c"
        )
    }

    private func found(_ method: String, _ path: String) -> String {
        let route = Route(method: method, path: path)
        return "\(route.endpoint) \(route.resource)"
    }
}
