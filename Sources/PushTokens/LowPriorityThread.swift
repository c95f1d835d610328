#if canImport(Glibc)
    internal import Glibc
#endif

/// Work that keeps a processor busy, on a thread of its own that gives way to all others.
///
/// Swift's pool has one thread per processor, and whoever forges tokens decides how much there is to check: on the pool
/// those checks would hold up every other push, on threads of normal priority they would take as much of the processors
/// as the rest of the service. A new thread costs some 20 µs, a check 400 µs.
enum LowPriorityThread {
    /// The nice value: beside busy threads of normal priority such a thread gets a tenth of a processor.
    private static let niceness: Int32 = 10

    /// Runs the work; on the caller's own thread if the system has no thread left.
    static func run(_ work: @escaping @Sendable () -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let job = Job { continuation.resume(returning: work()) }
            // The new thread takes over this reference.
            let context = unsafe Unmanaged.passRetained(job).toOpaque()
            var thread = pthread_t()
            guard unsafe pthread_create(&thread, nil, runJob, context) == 0 else {
                unsafe Unmanaged<Job>.fromOpaque(context).release()
                return job.work()
            }
            pthread_detach(thread)
        }
    }

    fileprivate final class Job: Sendable {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) {
            self.work = work
        }
    }

    /// On Linux a nice value belongs to a thread; where it cannot be set, the work is done all the same.
    fileprivate static func giveWay() {
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
    }
}

/// A thread's whole life: a global function, because a closure could inherit an isolation that this thread lacks.
private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let job = unsafe Unmanaged<LowPriorityThread.Job>.fromOpaque(context).takeRetainedValue()
    LowPriorityThread.giveWay()
    job.work()
    return nil
}
