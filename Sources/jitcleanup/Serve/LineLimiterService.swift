internal import ServiceLifecycle
internal import Webhook

/// Runs the timer that writes the number of suppressed log lines, and writes what is left at shutdown.
struct LineLimiterService: Service {
    let limiter: LineLimiter

    func run() async throws {
        await limiter.run()
    }
}
