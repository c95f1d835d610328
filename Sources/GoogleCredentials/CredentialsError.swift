/// No usable credentials: every place searched, in order, and what was found there.
///
/// The texts name variables, paths and JSON fields, never their content.
package struct CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A place, and what was found there.
    package struct Finding: Equatable, Sendable {
        /// A variable, a path or a server.
        package let place: String
        package let what: String
    }

    /// In search order; the last one ended the search.
    package let findings: [Finding]

    /// One line per place.
    package var lines: [String] { findings.map { "\($0.place): \($0.what)" } }

    package var description: String { "no usable credentials: " + lines.joined(separator: "; ") }
}
