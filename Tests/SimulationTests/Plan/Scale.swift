/// How long things take in a simulation: virtual time costs nothing, real time does.
struct Scale: Sendable {
    /// How long there are faults and edits, and in which activations begin.
    let faultTime: Duration
    /// By then after the last thing that was planned, everything must be done.
    let settlingTime: Duration
    /// How long activations last, in seconds; one of these ranges.
    let activationSeconds: [ClosedRange<Int>]
    /// How many activations there are; one of these ranges.
    let activations: [ClosedRange<Int>]
    /// How long after the request an approval comes, at most: longer than some activations last.
    let lateness: Duration
    /// How long each write of an activation takes, at most.
    let writePause: Duration
    /// The most projects.
    let projects: Int
    /// `EXPIRY_GRACE_SECONDS`.
    let graceSeconds: Int64
    let requestTimeoutSeconds: Int64
    /// `GIVE_UP_SECONDS`; one of these.
    let giveUpSeconds: [Int64]
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
    /// How old a policy a lagging read may show; half of the time for which a notice is young.
    let lag: Duration
    /// By how many seconds pushes make their messages older.
    ///
    /// A notice is young for 600 s. Where seconds stand for minutes, it says that it was published long ago, so that
    /// youth, too, lasts for seconds only.
    let ageSeconds: Int64
    /// How far clocks are set off, in seconds, at most; one of these.
    ///
    /// None where the clocks are the machine's own.
    let clockSteps: [Int]
    /// How many times Google's keys are exchanged, at most.
    let rotations: Int
    /// Whether 403, 404 and 400 are among the faults: the service remembers them for a minute.
    let hasRefusals: Bool
    /// How long a permission is missing, at most; one of these.
    let denials: [Duration]
    /// Whether limits on roles end before the simulation does: the service remembers them for a minute.
    let liftsLimits: Bool

    /// The most seconds by which clocks are set off where it matters when a message is given up.
    static let smallClockStep = 120

    /// Half an hour of faults, some of them with hundreds of activations; nothing of it takes real time.
    static let memory = Scale(
        faultTime: .seconds(1800),
        settlingTime: .seconds(2 * 3600),
        activationSeconds: [60...120, 60...600, 180...1200],
        activations: Array(repeating: 10...40, count: 12) + Array(repeating: 40...100, count: 3) + [200...400],
        lateness: .seconds(1500),
        writePause: .seconds(20),
        projects: 12,
        graceSeconds: 60,
        requestTimeoutSeconds: 50,
        giveUpSeconds: [300, 900, 86_400, 86_400],
        retryMinimum: .seconds(10),
        retryMaximum: [.seconds(60), .seconds(600)],
        editPauses: [.seconds(8), .seconds(25), .seconds(80)],
        latency: .milliseconds(400),
        delay: .seconds(25),
        hang: .seconds(60),
        outage: .seconds(300),
        retryAfterSeconds: 40,
        lag: .seconds(300),
        ageSeconds: 0,
        clockSteps: [30, smallClockStep, 7200],
        rotations: 3,
        hasRefusals: true,
        denials: [.seconds(300), .seconds(1500), .seconds(5400)],
        liftsLimits: true
    )

    /// Some seconds of everything.
    static let sockets = Scale(
        faultTime: .seconds(14),
        settlingTime: .seconds(75),
        activationSeconds: [1...2, 2...9],
        activations: [10...60, 100...200],
        lateness: .seconds(10),
        writePause: .milliseconds(200),
        projects: 6,
        graceSeconds: 1,
        requestTimeoutSeconds: 5,
        giveUpSeconds: [86_400],
        retryMinimum: .milliseconds(200),
        retryMaximum: [.seconds(1), .seconds(2)],
        editPauses: [.milliseconds(100), .milliseconds(400), .seconds(1)],
        latency: .milliseconds(40),
        delay: .milliseconds(1500),
        hang: .seconds(2),
        outage: .seconds(3),
        retryAfterSeconds: 2,
        lag: .seconds(3),
        // Young for six seconds.
        ageSeconds: 594,
        clockSteps: [],
        rotations: 1,
        hasRefusals: false,
        denials: [],
        liftsLimits: false
    )
}
