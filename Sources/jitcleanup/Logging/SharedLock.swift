#if canImport(Glibc)
    internal import Glibc
#endif

/// A lock that many may hold together, or one alone; whoever wants it alone does not wait behind new sharers.
@safe
final class SharedLock: Sendable {
    /// The lock itself.
    ///
    /// It is `nonisolated(unsafe)` since a pointer is not `Sendable`. It is allocated once, so that the lock never moves, and
    /// used by nothing but the functions of pthread below, which any thread may call.
    nonisolated(unsafe) private let lock: UnsafeMutablePointer<pthread_rwlock_t>

    init() {
        unsafe lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        // None of these can fail but for a lack of memory.
        unsafe pthread_rwlockattr_init(&attributes)
        unsafe pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        let status = unsafe pthread_rwlock_init(lock, &attributes)
        unsafe pthread_rwlockattr_destroy(&attributes)
        precondition(status == 0, "no lock")
    }

    deinit {
        unsafe pthread_rwlock_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Does something while others may hold the lock as well.
    func withShared(_ body: () -> Void) {
        unsafe pthread_rwlock_rdlock(lock)
        defer { unsafe pthread_rwlock_unlock(lock) }
        body()
    }

    /// Does something while nobody else holds the lock.
    func withExclusive(_ body: () -> Void) {
        unsafe pthread_rwlock_wrlock(lock)
        defer { unsafe pthread_rwlock_unlock(lock) }
        body()
    }
}
