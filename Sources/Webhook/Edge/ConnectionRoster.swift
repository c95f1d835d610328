internal import NIOCore
internal import Synchronization

/// All connections, and who goes when there are too many.
///
/// When the last place is taken, the connection that matters least and has waited longest is closed, so that there is
/// always room for one that sends its request at once. Where all are at work, further ones wait to be accepted, and
/// each connection ends with its answer until there is room again.
package final class ConnectionRoster: Sendable {
    /// Connections that have been told to close but are still there: so many at a time, lest they add up.
    private static let mostClosing = 64

    /// So long a connection that has just come may take for its request while all others are at work.
    private static let newcomersTime = UInt64(TimeAmount.seconds(1).nanoseconds)

    private struct State {
        var members: [ObjectIdentifier: Member] = [:]
        var open = 0
        /// How many of the open ones have been told to close.
        var closing = 0
        /// How many of these have left the members, but are still counted as open.
        var closed = 0
        var shed = 0
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let full = Atomic(false)
    private let onShed: @Sendable (_ connections: Int) -> Void

    /// A roster without connections.
    ///
    /// - Parameters:
    ///   - capacity: How many connections there may be.
    ///   - onShed: Told, each time, how many connections have been closed in all to make room.
    package init(capacity: Int, onShed: @escaping @Sendable (_ connections: Int) -> Void = { _ in }) {
        precondition(capacity > 0, "no connections")
        self.capacity = capacity
        self.onShed = onShed
    }

    /// All connections are at work.
    var isFull: Bool { full.load(ordering: .sequentiallyConsistent) }

    /// How many connections there are.
    package var count: Int { state.withLock { $0.open } }

    func add(_ member: Member) {
        state.withLock { $0.members[ObjectIdentifier(member)] = member }
        relieve()
    }

    func remove(_ member: Member) {
        state.withLock { state in
            guard state.members.removeValue(forKey: ObjectIdentifier(member)) != nil else { return }
            if member.isClosing { state.closed += 1 }
        }
    }

    func connectionOpened() {
        state.withLock { $0.open += 1 }
    }

    func connectionClosed() {
        state.withLock { state in
            state.open -= 1
            guard state.closed > 0 else { return }
            state.closed -= 1
            state.closing -= 1
        }
    }

    /// Makes room for one more connection.
    ///
    /// - Returns: Whether there is some; if not, it is worth asking again whenever a connection has closed.
    func makeRoom() -> Bool {
        let (victims, shed) = state.withLock { state in
            // Before the members are looked at, so that one who becomes dispensable meanwhile either is seen, or sees it.
            full.store(true, ordering: .sequentiallyConsistent)
            let victims = takeVictims(&state)
            let hasRoom = state.open - state.closing < capacity && state.open < capacity + Self.mostClosing
            if hasRoom { full.store(false, ordering: .sequentiallyConsistent) }
            return (victims, state.shed)
        }
        dismiss(victims, shed)
        return !isFull
    }

    /// A connection has become dispensable: if others wait to be accepted, one may go.
    ///
    /// Its end is what makes the server ask for room again.
    func relieve() {
        guard isFull else { return }
        let (victims, shed) = state.withLock { (takeVictims(&$0), $0.shed) }
        dismiss(victims, shed)
    }

    /// A connection that was told to close has got work meanwhile: somebody else has to go.
    func keep(_ member: Member) {
        state.withLock { state in
            guard member.isClosing, state.members[ObjectIdentifier(member)] != nil else { return }
            member.isClosing = false
            state.closing -= 1
            full.store(true, ordering: .sequentiallyConsistent)
        }
        relieve()
    }

    private func takeVictims(_ state: inout State) -> [Member] {
        var victims: [Member] = []
        while state.open - state.closing >= capacity, state.closing < Self.mostClosing {
            // Some have been accepted and will be strangers as soon as their event loop has come to them.
            let isAwaitingStrangers = state.open - state.closed > state.members.count
            guard let victim = Self.least(of: state.members.values, sparingIdle: isAwaitingStrangers) else { break }
            victim.isClosing = true
            state.closing += 1
            victims.append(victim)
        }
        state.shed += victims.count
        return victims
    }

    private func dismiss(_ victims: [Member], _ shed: Int) {
        for victim in victims { victim.close() }
        if !victims.isEmpty { onShed(shed) }
    }

    /// Who is missed least, if anybody may go.
    ///
    /// The newest stranger only if nobody else may, and after a moment: it has hardly had the time to send its request,
    /// and were it the one to go, connections that are kept open without need would keep everybody else out.
    private static func least(of members: some Sequence<Member>, sparingIdle: Bool) -> Member? {
        var least: Candidate?
        var newest: Candidate?
        for member in members where !member.isClosing {
            let (standing, since) = member.standing
            guard standing != .busy, standing != .idle || !sparingIdle else { continue }
            var candidate = Candidate(member: member, standing: standing, since: since)
            if standing == .stranger {
                guard let other = newest else {
                    newest = candidate
                    continue
                }
                if other.since < since {
                    newest = candidate
                    candidate = other
                }
            }
            if let other = least, !candidate.goesBefore(other) { continue }
            least = candidate
        }
        if let least { return least.member }
        return newest.flatMap { $0.since + newcomersTime < NIODeadline.now().uptimeNanoseconds ? $0.member : nil }
    }

    private struct Candidate {
        let member: Member
        let standing: Member.Standing
        let since: UInt64

        func goesBefore(_ other: Candidate) -> Bool {
            (standing.rawValue, since) < (other.standing.rawValue, other.since)
        }
    }
}
