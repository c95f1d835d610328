internal import CCurl
internal import Glibc

/// Runs the body on a new thread with the name (at most 15 bytes, the kernel's limit); false if no thread can be
/// created.
///
/// The thread is detached: it frees itself when the body returns.
func startThread(named name: StaticString, _ body: @escaping @Sendable () -> Void) -> Bool {
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var thread = pthread_t()
    // The new thread takes over the retained box; without a thread it is released here.
    guard unsafe pthread_create(&thread, nil, enterThread, box.toOpaque()) == 0 else {
        unsafe box.release()
        return false
    }
    pthread_detach(thread)
    return true
}

private final class ThreadBody: Sendable {
    let name: StaticString
    let run: @Sendable () -> Void

    init(name: StaticString, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

/// A global function, not a closure: a closure formed in an isolated context traps on another thread.
private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    // `startThread` retained the box for this thread.
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    // Static strings end with a NUL.
    unsafe UnsafeRawPointer(body.name.utf8Start).withMemoryRebound(to: CChar.self, capacity: 1) {
        _ = unsafe ccurl_set_thread_name($0)
    }
    blockBrokenPipeSignal()
    body.run()
    return nil
}

/// Makes a write to a closed connection an error instead of killing the process: with `CURLOPT_NOSIGNAL` libcurl leaves
/// SIGPIPE to its caller.
private func blockBrokenPipeSignal() {
    // Both pointers are to a local that outlives the calls.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}
