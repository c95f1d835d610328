internal import LosslessJSON

/// A token that has passed every check that needs no key, but is not verified yet.
///
/// This check comes before OpenSSL and libjwt, which decodes on the stack, skips bytes it does not know, obeys the
/// token's own `alg` and lets the last of two duplicate members win, all before it looks at the signature. Only values
/// of this type reach either library. The order of the checks is fixed; the first failure decides.
package struct CompactToken: Sendable {
    /// The largest token accepted, in bytes; Google's have about 800.
    package static let maximumBytes = 8 * 1024
    /// The deepest nesting accepted in header and payload; Google's have depth 1.
    package static let maximumDepth = 16
    /// What Cloud Run puts in place of a signature
    /// (https://docs.cloud.google.com/run/docs/troubleshooting#signature-removed).
    private static let signatureRemovedMarker = "SIGNATURE_REMOVED_BY_GOOGLE"

    /// The token as received.
    let bytes: [UInt8]
    /// The header's `kid`.
    let keyID: [UInt8]
    /// The payload; not to be read until the signature is verified.
    let payload: JSONDocument
    /// The signed part: everything before the last period.
    let signedBytes: ArraySlice<UInt8>
    let signature: [UInt8]

    /// Checks the form of a token, without any key.
    init(_ bytes: [UInt8]) throws(TokenRejection) {
        guard bytes.count <= Self.maximumBytes else { throw .tokenTooLarge }
        let segments = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard segments.count == 3 else { throw .segmentCount }
        guard segments.allSatisfy({ !$0.isEmpty }) else { throw .emptySegment }
        guard !segments[2].elementsEqual(Self.signatureRemovedMarker.utf8) else { throw .signatureRemoved }
        guard let header = Base64URL.decode(segments[0]), let payload = Base64URL.decode(segments[1]),
            let signature = Base64URL.decode(segments[2])
        else { throw .notBase64URL }
        guard let header = Self.object(header) else { throw .headerNotJSONObject }
        guard let payload = Self.object(payload) else { throw .payloadNotJSONObject }
        self.keyID = try Self.keyID(of: header.root)
        self.payload = payload
        self.bytes = bytes
        self.signedBytes = bytes[..<segments[1].endIndex]
        self.signature = signature
    }

    /// Parses strict JSON without duplicate names or NUL; nil for anything but an object.
    private static func object(_ text: [UInt8]) -> JSONDocument? {
        let rules = JSONRules(maximumDepth: maximumDepth, maximumBytes: maximumBytes)
        guard let document = try? JSONDocument(text, rules: rules), document.root.kind == .object else { return nil }
        return document
    }

    /// Checks the header's parameters; unknown ones are ignored (RFC 7515, section 4).
    private static func keyID(of header: JSONValue) throws(TokenRejection) -> [UInt8] {
        guard let algorithm = header["alg"], algorithm.isString("RS256") else { throw .algorithmNotRS256 }
        guard let keyID = header["kid"]?.utf8, !keyID.isEmpty else { throw .keyIDMissing }
        if let type = header["typ"], !type.isString("JWT") { throw .typeNotJWT }
        for parameter in ForbiddenHeaderParameter.allCases where header[parameter.rawValue] != nil {
            throw .forbiddenHeaderParameter(parameter)
        }
        return keyID
    }
}
