/// The environment variables that locate credentials, read as Google's own tools read them.
///
/// An empty variable counts as unset.
package struct CredentialVariables: Sendable {
    static let accessTokenName = "GOOGLE_OAUTH_ACCESS_TOKEN"
    static let fileName = "GOOGLE_APPLICATION_CREDENTIALS"
    static let quotaProjectName = "GOOGLE_CLOUD_QUOTA_PROJECT"
    private static let gcloudFile = "application_default_credentials.json"

    let accessToken: Secret?
    let file: String?
    let quotaProject: String?
    /// The file that `gcloud auth application-default login` writes; nil if neither `CLOUDSDK_CONFIG` nor `HOME` is
    /// set.
    let gcloudFile: String?

    package init(environment: [String: String]) {
        func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        accessToken = text(Self.accessTokenName).map { Secret($0) }
        file = text(Self.fileName)
        quotaProject = text(Self.quotaProjectName)
        let folder = text("CLOUDSDK_CONFIG") ?? text("HOME").map { "\($0)/.config/gcloud" }
        gcloudFile = folder.map { "\($0)/\(Self.gcloudFile)" }
    }
}
