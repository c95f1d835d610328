package import HTTPTransport
internal import Synchronization
package import Timestamps

/// Google's current keys, fetched when they are needed and kept while they are good.
///
/// - A failed fetch never costs a set that is good; it only delays the next fetch.
/// - However many pushes ask, there is one fetch at a time.
/// - A push waits for a fetch only where there are no current keys; ahead of their expiry they are renewed beside it.
package actor KeyCache {
    /// How long before their expiry keys are renewed, or a quarter of their lifetime if that is less.
    package static let refreshAhead: Duration = .seconds(300)
    /// How long after their expiry keys are still used while they cannot be renewed.
    package static let staleLimit: Duration = .seconds(24 * 3600)
    /// The shortest time between two fetches that are made because of an unknown `kid`, which any caller can make up.
    package static let unknownKeyInterval: Duration = .seconds(30)
    /// The waits after failed fetches; the last one repeats.
    package static let backoff: [Duration] = [1, 2, 4, 8, 16, 30].map { .seconds($0) }

    /// What a push works with.
    package struct Snapshot: Sendable {
        package let keys: KeySet
        /// Counts the sets that were fetched.
        package let generation: UInt64
        /// Whether this set arrived while the push was waiting, so that asking again is of no use.
        package let isNew: Bool
    }

    private struct Stored {
        let keys: KeySet
        let generation: UInt64
        let refreshFrom: Duration
        let freshUntil: Duration
        let usableUntil: Duration
    }

    private struct Failure {
        let error: KeyFetchError
        let count: Int
        let retryFrom: Duration
    }

    private let fetch: KeyFetch
    private let time: TimeSource
    private let onEvent: @Sendable (KeyCacheEvent) -> Void
    private var stored: Stored? {
        didSet { published.withLock { $0 = stored } }
    }
    /// The same set, for pushes that need nothing else of the actor: all of them would have to queue for it.
    private nonisolated let published = Mutex<Stored?>(nil)
    private var failure: Failure?
    private var unknownKeyFetchFrom: Duration?
    /// The fetch that is under way.
    ///
    /// An unstructured task because it serves every push that waits, and must outlive the
    /// one that began it; it ends by itself within ``KeyFetch/limits``.
    private var underWay: Task<Void, Never>?

    /// A cache without keys.
    ///
    /// - Parameters:
    ///   - url: Where the keys are, `https://www.googleapis.com/oauth2/v3/certs`.
    ///   - transport: The way there.
    ///   - time: The clock; ages are measured by its `uptime`.
    ///   - onEvent: Is told of each fetch's end; must not block.
    package init(
        url: String,
        transport: any Transport,
        time: TimeSource,
        onEvent: @escaping @Sendable (KeyCacheEvent) -> Void = { _ in }
    ) {
        self.fetch = KeyFetch(url: url, transport: transport)
        self.time = time
        self.onEvent = onEvent
    }

    /// The keys to verify with, where ``current()`` would neither wait nor fetch anything; nil where it would.
    package nonisolated func currentAtOnce() -> Snapshot? {
        let now = time.uptime()
        guard let stored = published.withLock({ $0 }), now < stored.refreshFrom else { return nil }
        return Snapshot(keys: stored.keys, generation: stored.generation, isNew: false)
    }

    /// The keys to verify with.
    ///
    /// - Throws: ``KeyFetchError``, the last fetch's, where there are no keys and none can be had.
    package func current() async throws(KeyFetchError) -> Snapshot {
        let now = time.uptime()
        guard let stored, now < stored.usableUntil else { return try await first(after: stored) }
        if now >= stored.freshUntil, failure == nil {
            await fetchOnce()
            return self.stored.map { snapshot($0, seen: stored.generation) } ?? snapshot(stored, seen: nil)
        }
        if now >= stored.refreshFrom { fetchBeside() }
        return snapshot(stored, seen: stored.generation)
    }

    /// The keys after one more look, for a `kid` that the snapshot does not have.
    ///
    /// Looks at most once per ``unknownKeyInterval``; otherwise, and when the look fails, the keys are those that were
    /// there.
    package func renewed(after snapshot: Snapshot) async -> Snapshot {
        guard !snapshot.isNew, let stored else { return snapshot }
        if stored.generation == snapshot.generation {
            let now = time.uptime()
            if underWay == nil {
                guard now >= unknownKeyFetchFrom ?? now, mayRetry(at: now) else { return snapshot }
                unknownKeyFetchFrom = now + Self.unknownKeyInterval
            }
            await fetchOnce()
        }
        return self.stored.map { self.snapshot($0, seen: snapshot.generation) } ?? snapshot
    }

    /// With no usable keys: waits for a fetch, unless one has only just failed.
    private func first(after old: Stored?) async throws(KeyFetchError) -> Snapshot {
        if underWay != nil || mayRetry(at: time.uptime()) { await fetchOnce() }
        if let stored, time.uptime() < stored.usableUntil { return snapshot(stored, seen: old?.generation) }
        throw failure?.error ?? .transport(.cancelled)
    }

    private func snapshot(_ stored: Stored, seen: UInt64?) -> Snapshot {
        Snapshot(keys: stored.keys, generation: stored.generation, isNew: stored.generation != seen)
    }

    private func mayRetry(at now: Duration) -> Bool {
        guard let failure else { return true }
        return now >= failure.retryFrom
    }

    private func fetchBeside() {
        guard underWay == nil, mayRetry(at: time.uptime()) else { return }
        underWay = Task { await self.performFetch() }
    }

    /// Waits for the fetch that is under way, or for a new one.
    private func fetchOnce() async {
        let task = underWay ?? Task { await self.performFetch() }
        underWay = task
        await task.value
    }

    private func performFetch() async {
        defer { underWay = nil }
        do throws(KeyFetchError) {
            let answer = try await fetch.perform()
            let now = time.uptime()
            stored = Stored(
                keys: answer.keys,
                generation: (stored?.generation ?? 0) + 1,
                refreshFrom: now + answer.lifetime - min(Self.refreshAhead, answer.lifetime / 4),
                freshUntil: now + answer.lifetime,
                usableUntil: now + answer.lifetime + Self.staleLimit
            )
            failure = nil
            onEvent(.fetched(keys: answer.keys.count, lifetime: answer.lifetime))
        } catch {
            let now = time.uptime()
            let count = failure?.count ?? 0
            let wait = Self.backoff[min(count, Self.backoff.count - 1)]
            failure = Failure(error: error, count: count + 1, retryFrom: now + wait)
            onEvent(.fetchFailed(error, hasUsableKeys: stored.map { now < $0.usableUntil } ?? false))
        }
    }
}

/// What a key cache has to tell.
package enum KeyCacheEvent: Equatable, Sendable {
    /// A set has arrived.
    case fetched(keys: Int, lifetime: Duration)
    /// A fetch has failed; the keys that there are remain in use.
    case fetchFailed(KeyFetchError, hasUsableKeys: Bool)
}
