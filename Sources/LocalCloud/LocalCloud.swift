/// The stand-in for Google on this machine: metadata server, token endpoints, signing keys, Resource Manager, Pub/Sub
/// and Cloud Tasks on one port of 127.0.0.1.
///
/// It exists only within ``withLocalCloud(_:transport:_:)``. The service is pointed at it by ``environment``, and
/// cannot tell the difference.
package final class LocalCloud: Sendable {
    package let options: LocalCloudOptions
    /// Access tokens and who the service is.
    package let metadata: LocalMetadataServer
    /// Access tokens for those who have a credential file.
    package let tokens: LocalTokenService
    /// The signing keys of push tokens.
    package let keys: SigningKeys
    /// The projects' allow policies.
    package let resourceManager: LocalResourceManager
    /// The folders and organizations that projects are in.
    package let hierarchy: LocalHierarchy
    /// Topics and subscriptions.
    package let pubSub: PubSub
    /// Cloud Tasks.
    package let tasks: LocalTaskQueues
    /// What passes the emulator's pushes on.
    package let relay: Relay
    /// The faults to inject.
    package let faults: Faults
    /// The requests that came in.
    package let requests: RequestLog
    /// The deliveries that went out.
    package let deliveries: DeliveryLog
    package let port: Int

    init(_ service: LocalCloudService, port: Int) {
        options = service.options
        metadata = service.metadata
        tokens = service.tokens
        tasks = service.tasks
        keys = service.keys
        resourceManager = service.resourceManager
        hierarchy = service.hierarchy
        pubSub = service.pubSub
        relay = service.relay
        faults = service.faults
        requests = service.requests
        deliveries = service.deliveries
        self.port = port
    }

    package var address: String { "127.0.0.1:\(port)" }

    /// `http://127.0.0.1:PORT`.
    package var baseURL: String { "http://\(address)" }

    /// The settings that point the service at this cloud instead of Google.
    package var environment: [String: String] {
        [
            "PUSH_AUDIENCE": options.pushIdentity.audience,
            "PUSH_SERVICE_ACCOUNT": options.pushIdentity.email,
            "JWKS_URL": "\(baseURL)/oauth2/v3/certs",
            "RESOURCE_MANAGER_URL": baseURL,
            "CLOUD_TASKS_URL": baseURL,
            "PUBSUB_EMULATOR_HOST": address,
            "GCE_METADATA_HOST": address,
        ]
    }

    /// Makes a push subscription of this cloud's project that pushes to a service with good tokens.
    ///
    /// - Parameters:
    ///   - name: The subscription's last name.
    ///   - topic: The topic's last name.
    ///   - endpoint: The service's `/push`.
    ///   - change: Changes settings from Google's defaults.
    /// - Returns: The subscription; delivery has already begun.
    package func subscribe(
        _ name: String = "jit-cleanup",
        to topic: String = "jit-access",
        pushingTo endpoint: String,
        _ change: (inout SubscriptionSettings) -> Void = { _ in }
    ) -> PushSubscription {
        var settings = SubscriptionSettings(
            name: "projects/\(options.projectID)/subscriptions/\(name)",
            topic: topicName(topic),
            pushEndpoint: endpoint,
            authentication: .token(options.pushIdentity)
        )
        change(&settings)
        return pubSub.createSubscription(settings)
    }

    /// The full name of a topic of this cloud's project.
    package func topicName(_ name: String) -> String {
        "projects/\(options.projectID)/topics/\(name)"
    }
}
