/// What the handler itself can be told.
package struct PushHandlerSettings: Sendable {
    /// The subscriptions whose envelopes are taken; empty for any.
    package var subscriptions: Set<String>
    /// The time in which a push must be answered, not counting the time that it is held.
    package var timeout: Duration
    /// The project in whose name traces are logged, once it is known.
    package var traceProject: @Sendable () -> String?

    /// Settings from their parts.
    package init(
        subscriptions: Set<String>,
        timeout: Duration,
        traceProject: @escaping @Sendable () -> String?
    ) {
        self.subscriptions = subscriptions
        self.timeout = timeout
        self.traceProject = traceProject
    }
}
