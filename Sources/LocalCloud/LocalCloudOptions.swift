package import Timestamps

/// The settings of a ``LocalCloud``.
package struct LocalCloudOptions: Sendable {
    /// The service's own project.
    package var projectID = "jit-cleanup-demo"
    package var projectNumber = "123456789012"
    /// The service's own account.
    package var serviceAccount = "jit-cleanup@jit-cleanup-demo.iam.gserviceaccount.com"
    /// The account that Pub/Sub pushes as, and the audience of its tokens.
    package var pushIdentity = PushIdentity(
        audience: "https://jit-cleanup-123456789012.europe-west1.run.app",
        email: "pusher@jit-cleanup-demo.iam.gserviceaccount.com"
    )
    /// How many seconds access tokens last.
    package var accessTokenSeconds: Int64 = 3599
    /// The key set's `max-age`, in seconds.
    package var keysMaximumAge = 22_000
    /// The signing keys to begin with, the last one signing; two new ones if there are none.
    package var signingKeys: [SigningKey] = []
    /// Whether publishing needs an access token, as with the real Pub/Sub.
    ///
    /// The emulator's clients send none. One that is sent must be good in any case.
    package var publishingNeedsToken = false
    /// How far pushed messages' publish times are moved into the past, in seconds: a message about an activation that
    /// ended long ago was published long ago.
    package var messageAgeSeconds: Int64 = 0
    /// The port; 0 for any that is free.
    package var port = 0
    /// The cloud's own clock.
    package var time: TimeSource

    package init(time: TimeSource = .system) {
        self.time = time
    }
}

/// Whom a push comes from, and whom it is for.
package struct PushIdentity: Hashable, Sendable {
    /// The audience of the tokens.
    package var audience: String
    /// The service account's email.
    package var email: String

    package init(audience: String, email: String) {
        self.audience = audience
        self.email = email
    }
}
