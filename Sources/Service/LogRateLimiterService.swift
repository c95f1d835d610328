internal import PushEndpoint
internal import ServiceLifecycle

/// Runs the timer that writes the number of suppressed log lines, and writes what is left at shutdown.
struct LogRateLimiterService: Service {
    let limiter: LogRateLimiter

    func run() async throws {
        await limiter.run()
    }
}
