/// No usable credentials: every place that was looked at, in order, and what was found there.
///
/// The texts name variables, paths and JSON fields, never their content.
package struct CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A place and what was found there.
    package struct Finding: Equatable, Sendable {
        /// A variable, a path or a server.
        package let place: String
        /// What was found there.
        package let what: String
    }

    /// In the order of the search; the last one ended it.
    package let findings: [Finding]

    /// A line for each place.
    package var lines: [String] { findings.map { "\($0.place): \($0.what)" } }

    package var description: String { "no usable credentials: " + lines.joined(separator: "; ") }
}
