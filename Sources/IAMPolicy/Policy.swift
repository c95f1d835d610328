package import LosslessJSON

/// An IAM policy as returned by `getIamPolicy`, with every byte preserved.
///
/// Only the fields a removal needs are parsed; unknown fields are preserved. See
/// https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy.
package struct Policy: Sendable {
    /// The limits for parsing a policy.
    ///
    /// A policy is a few tens of kB and five levels deep; the condition parser deals with NUL.
    package static let rules = JSONRules(maximumDepth: 64, maximumBytes: 4 * 1024 * 1024, allowsNUL: true)

    /// The parsed response.
    package let document: JSONDocument
    /// The version of the policy that a write is based on; opaque.
    package let etag: String
    /// The bindings in policy order, including duplicates.
    package let bindings: [Binding]

    /// The array ``bindings`` was read from; nil if the policy has none.
    let bindingsArray: JSONValue?
    /// The value of `version`; nil if the policy has none.
    let version: JSONValue?

    /// Parses a response of `getIamPolicy`.
    ///
    /// - Throws: ``PolicyError``, for anything that must not be written back or cannot be judged.
    package init(_ answer: [UInt8]) throws(PolicyError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(answer, rules: Self.rules)
        } catch {
            throw .json(error)
        }
        guard document.root.kind == .object else { throw .notAnObject }
        guard let etag = document.root["etag"]?.string, !etag.isEmpty else { throw .noETag }
        let version = document.root["version"]
        if let version {
            guard let number = version.integer, [0, 1, 3].contains(number) else { throw .unknownVersion }
        }
        self.document = document
        self.etag = etag
        self.version = version
        self.bindingsArray = document.root["bindings"]
        self.bindings = try Self.readBindings(bindingsArray)
    }

    private static func readBindings(_ array: JSONValue?) throws(PolicyError) -> [Binding] {
        guard let array else { return [] }
        guard let elements = array.elements else { throw .bindingsNotAnArray }
        var bindings: [Binding] = []
        bindings.reserveCapacity(elements.count)
        for (position, element) in elements.enumerated() {
            guard let binding = Binding(element, position: position) else {
                throw .malformedBinding(position: position)
            }
            // Compares bytes: combining characters must not hide the marker.
            guard !binding.role.utf8.span.holds("_withcond_") else { throw .conditionsLost(position: position) }
            bindings.append(binding)
        }
        return bindings
    }
}
