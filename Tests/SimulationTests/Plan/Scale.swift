/// How long things take in a simulation: virtual time costs nothing, real time does.
struct Scale: Sendable {
    /// How long there are faults and edits, and in which activations begin.
    let faultTime: Duration
    /// By then after the last thing that was planned, everything must be done.
    let settlingTime: Duration
    /// How long activations last, in seconds.
    let activationSeconds: ClosedRange<Int>
    /// How many activations there are; one of these ranges.
    let activations: [ClosedRange<Int>]
    /// The most projects.
    let projects: Int
    /// `EXPIRY_GRACE_SECONDS`.
    let graceSeconds: Int64
    /// `REQUEST_TIMEOUT_SECONDS`.
    let requestTimeoutSeconds: Int64
    /// `HOLD_SECONDS`; one of these.
    let holdSeconds: [Int64]
    /// The subscription's shortest and longest retry delay; the latter one of these.
    let retryMinimum: Duration
    let retryMaximum: [Duration]
    /// The pauses of the editors, about; one of these.
    let editPauses: [Duration]
    /// How long a call takes, at most.
    let latency: Duration
    /// How late a late answer or push is, at most.
    let delay: Duration
    /// How long a call hangs.
    let hang: Duration
    /// How long an outage lasts, at most.
    let outage: Duration
    /// What `Retry-After` asks for, in seconds, at most.
    let retryAfterSeconds: Int
    /// How old a policy a lagging read may show; less than any activation lasts.
    let lag: Duration
    /// How far clocks are set off, in seconds, at most; one of these.
    ///
    /// None where the clocks are the machine's own.
    let clockSteps: [Int]
    /// How many times Google's keys are exchanged, at most.
    let rotations: Int
    /// Whether 403 and 404 are among the faults: the service remembers them for a minute.
    let hasRefusals: Bool

    /// Half an hour of faults, some of them with hundreds of activations; nothing of it takes real time.
    static let memory = Scale(
        faultTime: .seconds(1800),
        settlingTime: .seconds(2 * 3600),
        activationSeconds: 180...1200,
        activations: Array(repeating: 10...40, count: 12) + Array(repeating: 40...100, count: 3) + [200...400],
        projects: 12,
        graceSeconds: 60,
        requestTimeoutSeconds: 50,
        holdSeconds: [0, 0, 30, 120],
        retryMinimum: .seconds(10),
        retryMaximum: [.seconds(60), .seconds(600)],
        editPauses: [.seconds(8), .seconds(25), .seconds(80)],
        latency: .milliseconds(400),
        delay: .seconds(25),
        hang: .seconds(60),
        outage: .seconds(300),
        retryAfterSeconds: 40,
        // Ten seconds less than the shortest activation and its grace.
        lag: .seconds(230),
        clockSteps: [30, 120, 7200],
        rotations: 3,
        hasRefusals: true
    )

    /// Some seconds of everything.
    static let sockets = Scale(
        faultTime: .seconds(14),
        settlingTime: .seconds(75),
        activationSeconds: 2...9,
        activations: [10...60, 100...200],
        projects: 6,
        graceSeconds: 1,
        requestTimeoutSeconds: 5,
        holdSeconds: [0, 2, 4],
        retryMinimum: .milliseconds(200),
        retryMaximum: [.seconds(1), .seconds(2)],
        editPauses: [.milliseconds(100), .milliseconds(400), .seconds(1)],
        latency: .milliseconds(40),
        delay: .milliseconds(1500),
        hang: .seconds(2),
        outage: .seconds(3),
        retryAfterSeconds: 2,
        lag: .milliseconds(400),
        clockSteps: [],
        rotations: 1,
        hasRefusals: false
    )
}
