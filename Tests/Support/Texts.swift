package import HTTPTransport
package import LosslessJSON

/// Reads JSON by rules that all keep that tests have to do with.
package func json(_ bytes: [UInt8]) throws -> JSONDocument {
    try JSONDocument(bytes, rules: JSONRules(maximumDepth: 64, maximumBytes: 1 << 26, allowsNUL: true))
}

package func json(_ text: String) throws -> JSONDocument { try json(Array(text.utf8)) }

package func json(_ answer: TransportResponse) throws -> JSONDocument { try json(answer.body) }

package func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

extension TransportResponse {
    package var text: String { TestSupport.text(body) }
}
