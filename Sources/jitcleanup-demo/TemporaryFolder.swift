internal import FoundationEssentials

/// Runs a closure with a new folder that is gone afterwards.
///
/// - Throws: What the closure throws, and the file system's error if the folder cannot be created.
func withTemporaryFolder<Value: Sendable>(_ body: (String) async throws -> Value) async throws -> Value {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "jitcleanup-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    let result: Result<Value, any Error>
    do { result = .success(try await body(folder.path)) } catch { result = .failure(error) }
    // What cannot be removed stays: it holds nothing of value.
    try? files.removeItem(at: folder)
    return try result.get()
}
