internal import Glibc

/// Brings unstructured tasks into virtual time.
///
/// `Task { }` takes its creator's actor and task-local values along, but not its executor preference, so its jobs go to
/// Swift's own threads. The runtime asks a hook first (`swift_task_enqueueGlobal_hook`, declared in the runtime's
/// `Concurrency.h`), and a job that comes from a thread on which virtual time runs stays there; all others pass.
enum CapturedJobs {
    /// The calling thread's virtual time, if it runs one.
    private static let current: pthread_key_t = {
        var key = pthread_key_t()
        // Fails only if a process has made a thousand keys; then nothing is captured, and a run gets stuck.
        _ = unsafe pthread_key_create(&key, nil)
        return key
    }()

    /// A job, and what would have been done with it.
    ///
    /// The runtime's calling convention differs from C's only in registers that neither of these two functions uses.
    private typealias Enqueue = @convention(c) (UnsafeMutableRawPointer) -> Void
    private typealias Hook = @convention(c) (UnsafeMutableRawPointer, Enqueue) -> Void

    /// Whether the hook is in place; set once, before the first run.
    private static let isInstalled: Bool = {
        guard let symbol = unsafe dlsym(nil, "swift_task_enqueueGlobal_hook") else { return false }
        // A variable of the runtime, of exactly this type.
        unsafe symbol.assumingMemoryBound(to: Hook?.self).pointee = { job, pass in
            guard let time = unsafe pthread_getspecific(CapturedJobs.current) else { return unsafe pass(job) }
            // The pointer is that of `capture`, which keeps the object; an `UnownedJob` is a pointer to a job.
            let job = unsafe unsafeBitCast(job, to: UnownedJob.self)
            unsafe Unmanaged<VirtualTime>.fromOpaque(time).takeUnretainedValue().add(job)
        }
        return true
    }()

    /// Runs the body, and hands every job that is begun meanwhile on this thread to the given time.
    static func capture<Value>(for time: VirtualTime, _ body: () throws -> Value) throws -> Value {
        guard isInstalled else { throw NotPossible() }
        let outer = unsafe pthread_getspecific(current)
        defer { _ = unsafe pthread_setspecific(current, outer) }
        // The object outlives the call, which is its own method's.
        _ = unsafe pthread_setspecific(current, Unmanaged.passUnretained(time).toOpaque())
        return try body()
    }

    /// The runtime has no such hook.
    struct NotPossible: Error {}
}
