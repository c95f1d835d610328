package import HTTPTransport
internal import Synchronization
package import Timestamps

/// Google's current keys, fetched on demand and cached while they are fresh.
///
/// - A failed fetch never discards a good set; it only delays the next fetch.
/// - Only one fetch runs at a time, however many pushes ask.
/// - A push waits for a fetch only if there are no current keys; keys are renewed in the background before they expire.
package actor KeyCache {
    /// How long before expiry keys are renewed, or a quarter of their lifetime if that is less.
    package static let refreshAhead: Duration = .seconds(300)
    /// How long after expiry keys are still used if they cannot be renewed.
    package static let staleLimit: Duration = .seconds(24 * 3600)
    /// The shortest interval between two fetches for an unknown `kid`, which any caller can make up.
    package static let unknownKeyInterval: Duration = .seconds(30)
    /// The delays after failed fetches; the last one repeats.
    package static let backoff: [Duration] = [1, 2, 4, 8, 16, 30].map { .seconds($0) }

    /// The key set that one push is verified with.
    package struct Snapshot: Sendable {
        package let keys: KeySet
        /// Counts the sets fetched.
        package let generation: UInt64
        /// Whether this set arrived while the push was waiting, so that fetching again is pointless.
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
    /// The same set, for pushes that need nothing else from the actor and would otherwise all queue for it.
    private nonisolated let published = Mutex<Stored?>(nil)
    private var failure: Failure?
    private var unknownKeyFetchFrom: Duration?
    /// The fetch in progress.
    ///
    /// An unstructured task, since it serves every waiting push and must outlive the one that started it; it ends by
    /// itself within ``KeyFetch/limits``.
    private var underWay: Task<Void, Never>?

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - url: The key set's URL, `https://www.googleapis.com/oauth2/v3/certs`.
    ///   - transport: The transport to fetch keys with.
    ///   - time: The clock; ages are measured by its `uptime`.
    ///   - onEvent: Called at the end of each fetch; must not block.
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

    /// The keys to verify with, if ``current()`` would neither wait nor start a fetch; otherwise nil.
    package nonisolated func currentAtOnce() -> Snapshot? {
        let now = time.uptime()
        guard let stored = published.withLock({ $0 }), now < stored.refreshFrom else { return nil }
        return Snapshot(keys: stored.keys, generation: stored.generation, isNew: false)
    }

    /// The keys to verify with.
    ///
    /// - Throws: ``KeyFetchError``, the last fetch's, if there are no usable keys and fetching fails.
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

    /// The keys after another fetch, for a `kid` missing from the snapshot.
    ///
    /// Fetches at most once per ``unknownKeyInterval``; otherwise, and if the fetch fails, returns the keys already
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

    /// Without usable keys: waits for a fetch, unless one has just failed.
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

    /// Waits for the fetch in progress, or starts one.
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

/// What a key cache reports.
package enum KeyCacheEvent: Equatable, Sendable {
    case fetched(keys: Int, lifetime: Duration)
    /// A fetch failed; the existing keys remain in use.
    case fetchFailed(KeyFetchError, hasUsableKeys: Bool)
}
