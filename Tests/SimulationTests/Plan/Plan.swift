import LocalCloud
import TestSupport

/// Who does what and when in one seed's simulation, as far as it can be said beforehand.
struct Plan: Sendable {
    /// An event and when it happens, counted from the beginning.
    struct Step: Sendable {
        let at: Duration
        let event: Event
    }

    /// How one life of an instance ends.
    struct Ending: Sendable {
        enum Signal: Sendable {
            case terminate, kill
        }

        let at: Duration
        let signal: Signal
        /// How long it takes until a new one is started.
        let downtime: Duration
    }

    /// One kind of fault at one endpoint, all the time.
    struct Outage: Sendable {
        let endpoint: Endpoint
        /// Any number: one of the endpoint's faults.
        let fault: Int
        let begin: Duration
        let end: Duration
    }

    static let instances = 2
    /// The queue of Cloud Tasks, where there is one.
    static let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/jitcleanup"

    let scale: Scale
    let projects: [String]
    let giveUpSeconds: Int64
    /// Whether messages can be so old that they are given up.
    ///
    /// Then Google refuses only what was planned, so that it can be said which message may be given up.
    let givesUp: Bool
    let retryMaximum: Duration
    /// For how many seconds Google's keys count as current.
    let keysMaximumAge: Int
    let readLatency: Duration
    let writeLatency: Duration
    /// Of a thousand requests, so many go wrong.
    let faultsInThousand: Int
    /// Of a thousand reads, so many lag, faults or not.
    let lagsInThousand: Int
    /// Whether notices wait in Cloud Tasks, and by how much that comes too early.
    let usesQueue: Bool
    let queueClockAhead: Duration
    let steps: [Step]
    let outages: [Outage]
    /// For each instance, how its lives end; the last one does not.
    let endings: [[Ending]]
    /// For what is drawn when it happens: the faults, the editors, the lags, the way of a push, the service itself.
    let seeds: (faults: UInt64, editors: UInt64, lags: UInt64, pushes: UInt64, service: UInt64)

    init(seed: UInt64, scale: Scale) {
        var random = SplitMix64(seed: seed)
        self.scale = scale
        // One in three has a single hot project.
        let projects = random.oneIn(3) ? 1 : random.number(in: 2...scale.projects)
        self.projects = (0..<projects).map { "project-\($0)" }
        giveUpSeconds = random.pick(scale.giveUpSeconds)
        givesUp = giveUpSeconds < scale.faultTime.components.seconds
        retryMaximum = random.pick(scale.retryMaximum)
        // Some milliseconds go into each set that is fetched, so a short life is for a few seeds.
        keysMaximumAge = random.pick([600, 22_000, 22_000, 22_000])
        readLatency = scale.latency / 10 + random.time(below: scale.latency / 2)
        writeLatency = scale.latency / 5 + random.time(below: scale.latency)
        faultsInThousand = random.pick([20, 100, 200, 350])
        lagsInThousand = random.pick([0, 50, 200, 500])
        usesQueue = random.oneIn(2)
        queueClockAhead = random.oneIn(3) ? random.time(below: scale.retryMinimum) : .zero
        steps = Self.steps(scale, projects, givesUp: givesUp, usesQueue: usesQueue, &random)
        outages = (0..<random.number(below: 6)).map { _ in
            let begin = random.time(below: scale.faultTime)
            return Outage(
                endpoint: random.pick([.getIamPolicy, .setIamPolicy, .keys, .accessToken, .publish, .createTask]),
                fault: random.number(below: 1000),
                begin: begin,
                end: min(begin + random.time(below: scale.outage), scale.faultTime)
            )
        }
        endings = (0..<Self.instances).map { _ in
            let times = (0..<random.number(below: 4)).map { _ in random.time(below: scale.faultTime) }
            return times.sorted().map {
                Ending(
                    at: $0,
                    signal: random.oneIn(2) ? .kill : .terminate,
                    downtime: random.oneIn(2) ? .zero : random.time(below: scale.outage / 4)
                )
            }
        }
        seeds = (random.next(), random.next(), random.next(), random.next(), random.next())
    }

    /// How long after a refused call a message may get into quarantine, at most, in seconds.
    var quarantineSeconds: Int64 { scale.requestTimeoutSeconds + scale.delay.components.seconds + 10 }

    /// Whether 403, 404 and 400 are among the faults.
    var hasRefusals: Bool { scale.hasRefusals && !givesUp }
}
