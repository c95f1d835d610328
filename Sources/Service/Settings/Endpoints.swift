internal import HTTPTransport

/// The addresses of Google's services.
package struct Endpoints: Sendable {
    /// `JWKS_URL` (URL): the keys that verify push tokens.
    package var jwks: String
    /// `RESOURCE_MANAGER_URL` (URL without a path).
    package var resourceManager: String
    /// `CLOUD_TASKS_URL` (URL without a path).
    package var cloudTasks: String
    /// `PUBSUB_EMULATOR_HOST` (host:port, optional): used without access tokens.
    package var pubsubEmulatorHost: String?
    /// `GCE_METADATA_HOST` (host, or host:port).
    package var metadataHost: String

    /// The base URL of Pub/Sub or its emulator.
    package var pubsub: String { pubsubEmulatorHost.map { "http://\($0)" } ?? "https://pubsub.googleapis.com" }

    init(_ reader: inout SettingsReader) {
        jwks = Self.url(&reader, "JWKS_URL", default: "https://www.googleapis.com/oauth2/v3/certs")
        resourceManager = Self.baseURL(
            &reader,
            "RESOURCE_MANAGER_URL",
            default: "https://cloudresourcemanager.googleapis.com"
        )
        cloudTasks = Self.baseURL(&reader, "CLOUD_TASKS_URL", default: "https://cloudtasks.googleapis.com")
        pubsubEmulatorHost = Self.host(&reader, "PUBSUB_EMULATOR_HOST")
        metadataHost = Self.host(&reader, "GCE_METADATA_HOST") ?? "metadata.google.internal"
    }

    private static func url(_ reader: inout SettingsReader, _ name: String, default fallback: String) -> String {
        reader.value(name) { text in
            RequestURL(text) != nil ? text : nil
        } orFault: {
            "\($0) is not an https URL (http is allowed on loopback addresses and the metadata host only)"
        } ?? fallback
    }

    /// A base URL that paths are appended to: without a path or query, and with any trailing slash removed.
    private static func baseURL(_ reader: inout SettingsReader, _ name: String, default fallback: String) -> String {
        let text = url(&reader, name, default: fallback).trimmingSlash
        if text.split(separator: "/", omittingEmptySubsequences: false).count != 3 || text.contains("?") {
            reader.fault(name, "\(text) must not have a path or query")
        }
        return text
    }

    private static func host(_ reader: inout SettingsReader, _ name: String) -> String? {
        reader.value(name) { text in
            RequestURL("http://\(text)")?.pathAndQuery.isEmpty == true ? text : nil
        } orFault: {
            "\($0) is neither a loopback address nor the metadata server's"
        }
    }
}

extension String {
    fileprivate var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
