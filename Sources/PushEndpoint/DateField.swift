internal import Synchronization
package import Timestamps

/// The value of an answer's `Date` (RFC 9110, section 6.6.1), put into words once a second.
package final class DateField: Sendable {
    private let time: TimeSource
    private let latest = Mutex<(second: Int64, text: String?)>((.min, nil))

    /// A field by this clock.
    package init(_ time: TimeSource) {
        self.time = time
    }

    /// The time now; nil outside the years that HTTP has words for.
    package var value: String? {
        let now = time.now()
        return latest.withLock { latest in
            if latest.second != now.seconds { latest = (now.seconds, now.httpDate) }
            return latest.text
        }
    }
}
