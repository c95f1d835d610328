internal import Synchronization
package import Timestamps

/// The value of a response's `Date` field (RFC 9110, section 6.6.1), formatted at most once per second.
package final class DateField: Sendable {
    private let time: TimeSource
    private let latest = Mutex<(second: Int64, text: String?)>((.min, nil))

    package init(_ time: TimeSource) {
        self.time = time
    }

    /// The current time; nil outside the years that HTTP dates can express.
    package var value: String? {
        let now = time.now()
        return latest.withLock { latest in
            if latest.second != now.seconds { latest = (now.seconds, now.httpDate) }
            return latest.text
        }
    }
}
