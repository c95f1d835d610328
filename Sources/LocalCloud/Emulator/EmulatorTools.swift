internal import Glibc

/// Where the real Pub/Sub emulator and `gcloud` are on this machine.
package struct EmulatorTools: Sendable {
    /// The emulator's start script.
    package let emulator: String
    package let gcloud: String

    /// What to install where ``find(path:)`` finds nothing.
    package static let advice = """
        the Pub/Sub emulator is not installed (gcloud components install pubsub-emulator, or Debian's \
        google-cloud-cli-pubsub-emulator; it needs Java)
        """

    /// Looks for both, and for Java; nil if one is missing.
    ///
    /// - Parameter path: The folders to look in, as `PATH` has them. The emulator is beside `gcloud`'s own files.
    /// - Returns: Their paths.
    package static func find(path: String) -> EmulatorTools? {
        let folders = path.split(separator: ":").map(String.init)
        func program(_ name: String) -> String? {
            folders.lazy.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
        }
        guard program("java") != nil, let gcloud = program("gcloud") else { return nil }
        if let emulator = program("cloud-pubsub-emulator") { return EmulatorTools(emulator: emulator, gcloud: gcloud) }
        // `bin/gcloud` of the SDK, behind whatever links lead there.
        guard let target = resolved(gcloud), let slash = target.lastIndex(of: "/") else { return nil }
        let emulator = target[..<slash] + "/../platform/pubsub-emulator/bin/cloud-pubsub-emulator"
        return unsafe access(String(emulator), X_OK) == 0
            ? EmulatorTools(emulator: String(emulator), gcloud: gcloud) : nil
    }

    private static func resolved(_ path: String) -> String? {
        // With a null buffer `realpath` allocates one of the right size, which is freed here.
        guard let buffer = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(buffer) }
        return unsafe String(cString: buffer)
    }
}
