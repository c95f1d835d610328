internal import Logging

/// What is said of pushes that find the service full.
extension PushLog {
    func noPlace() -> PushAnswer {
        limitedLine(.warning, "push.no-place", "Not done: too many pushes are being worked on")
        return .failedForNow(retryAfterSeconds: 1)
    }

    func noRoom() -> PushAnswer {
        limitedLine(.warning, "push.no-room", "Not done: too many bytes of pushes are in memory")
        return .failedForNow(retryAfterSeconds: 1)
    }
}
