internal import HTTPTransport

/// Which URLs of a credential file may be called.
///
/// A file may come from elsewhere, and the URLs in it receive assertions, refresh tokens and subject tokens. So only
/// Google's own services, by the hosts in Google's advice
/// (https://cloud.google.com/docs/authentication/external/externally-sourced-credentials), and this machine may be
/// called.
enum GoogleEndpoint {
    /// The scope of all tokens (https://developers.google.com/identity/protocols/oauth2/scopes).
    static let scope = "https://www.googleapis.com/auth/cloud-platform"
    static let token = "https://oauth2.googleapis.com/token"
    static let exchange = "https://sts.googleapis.com/v1/token"

    /// The token endpoint that a field names, or Google's.
    static func token(_ fields: CredentialFields) throws(CredentialFault) -> String {
        try url(
            fields,
            "token_uri",
            service: "oauth2",
            also: ["accounts.google.com", "www.googleapis.com"]
        ) ?? token
    }

    /// The Security Token Service that a field names, or Google's.
    static func exchange(_ fields: CredentialFields) throws(CredentialFault) -> String {
        try url(fields, "token_url", service: "sts") ?? exchange
    }

    /// The `generateAccessToken` URL that a field names, and its service account; nil if the field is missing.
    static func impersonation(
        _ fields: CredentialFields
    ) throws(CredentialFault) -> (url: String, account: String)? {
        let name = "service_account_impersonation_url"
        guard let url = try url(fields, name, service: "iamcredentials") else { return nil }
        let path = RequestURL(url)?.pathAndQuery ?? ""
        let start = "/v1/projects/-/serviceAccounts/"
        let end = ":generateAccessToken"
        guard path.hasPrefix(start), path.hasSuffix(end), path.utf8.count > start.utf8.count + end.utf8.count else {
            throw fields.fault(name, "is not .../v1/projects/-/serviceAccounts/ACCOUNT:generateAccessToken")
        }
        let account = String(path.dropFirst(start.count).dropLast(end.count))
        guard account.isServiceAccount else { throw fields.fault(name, "names no service account") }
        return (url, account)
    }

    /// The `aud` of an assertion for a token endpoint: always the same for Google's, whichever host it is reached by
    /// (https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests).
    static func audience(of url: String) -> String {
        RequestURL(url)?.isLoopback == true ? url : token
    }

    /// The host and port of a validated URL, for errors.
    static func name(of url: String) -> String { RequestURL(url)?.authority ?? "unknown" }

    private static func url(
        _ fields: CredentialFields,
        _ name: String,
        service: String,
        also: Set<String> = []
    ) throws(CredentialFault) -> String? {
        guard let text = try fields.optionalText(name) else { return nil }
        guard let target = RequestURL(text), !target.pathAndQuery.contains("?") else {
            throw fields.fault(name, "is not an https URL without a query")
        }
        if target.isLoopback { return text }
        // `http` is also allowed to the metadata server's hosts, none of which match here.
        let isGoogle = isHost(target.host, of: service) || also.contains(target.host)
        guard isGoogle, target.authority.lowercased() == target.host else {
            throw fields.fault(name, "is not a URL of Google's (\(service).googleapis.com) or of this machine")
        }
        return text
    }

    /// The global host, the regional ones, and those of Private Service Connect.
    private static func isHost(_ host: String, of service: String) -> Bool {
        let domain = "googleapis.com"
        guard host.hasSuffix(".\(domain)") else { return false }
        let labels = host.dropLast(domain.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        guard let first = labels.first, let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return false }
        switch labels.count {
        case 1: return first == service || first.hasSuffix("-\(service)")
        case 2: return first == service || last == service || (last == "p" && first.hasPrefix("\(service)-"))
        default: return false
        }
    }
}
