/// How long pushes may take, and how many are held.
struct HoldSettings: Sendable {
    /// `HOLD_SECONDS` (int, default 0): how long a push is held whose activation ends soon.
    var holdSeconds: Int64
    /// `HOLD_CAPACITY` (int, default 64): how many pushes are held at a time.
    var holdCapacity: Int
    /// `REQUEST_TIMEOUT_SECONDS` (int, default 50): the time for a push that is not held.
    var requestTimeoutSeconds: Int64
    /// `MAX_CONNECTIONS` (int, default 1000): beyond it, connections without a request make room, or new ones wait.
    var maximumConnections: Int

    /// How many pushes are worked on at a time, held ones included: of the connections that no held push can take, one
    /// in five is left over to tell further pushes at once that there is no place for them.
    var maximumPushes: Int {
        let held = holdSeconds > 0 ? holdCapacity : 0
        return max(1, held + (maximumConnections - held) * 4 / 5)
    }

    /// The longest ack deadline (https://docs.cloud.google.com/pubsub/docs/subscription-properties), which is also how
    /// long Pub/Sub waits for an answer.
    static let longestAckDeadlineSeconds: Int64 = 600

    init(_ reader: inout SettingsReader) {
        holdSeconds = reader.integer("HOLD_SECONDS", default: 0, in: 0...Self.longestAckDeadlineSeconds)
        holdCapacity = Int(reader.integer("HOLD_CAPACITY", default: 64, in: 1...100_000))
        requestTimeoutSeconds = reader.integer(
            "REQUEST_TIMEOUT_SECONDS",
            default: 50,
            in: 1...Self.longestAckDeadlineSeconds
        )
        maximumConnections = Int(reader.integer("MAX_CONNECTIONS", default: 1000, in: 1...100_000))
        let longest = holdSeconds + requestTimeoutSeconds
        if longest > Self.longestAckDeadlineSeconds {
            reader.fault(
                "HOLD_SECONDS and REQUEST_TIMEOUT_SECONDS are \(longest) together: "
                    + "Pub/Sub waits for an answer \(Self.longestAckDeadlineSeconds) seconds at most (--ack-deadline)"
            )
        }
        if holdSeconds > 0, holdCapacity >= maximumConnections {
            reader.fault(
                "HOLD_CAPACITY is \(holdCapacity) of MAX_CONNECTIONS=\(maximumConnections): "
                    + "held pushes would leave no connection to the others"
            )
        }
    }
}
