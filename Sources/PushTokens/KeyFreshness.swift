package import HTTPTransport

/// How long a fetched key set is considered fresh (RFC 9111, section 4.2).
package enum KeyFreshness {
    /// The shortest lifetime, so that a `max-age=0` does not cost a fetch per push.
    package static let shortest: Duration = .seconds(60)
    /// The longest lifetime, so that a withdrawn key does not stay valid forever.
    package static let longest: Duration = .seconds(24 * 3600)
    /// The lifetime if the response states none.
    package static let unstated: Duration = .seconds(3600)

    /// `Cache-Control: max-age` minus `Age`, within the bounds.
    package static func lifetime(of response: TransportResponse) -> Duration {
        let directives = response.headers.lazy.filter { $0.name == "cache-control" }.flatMap { field in
            field.value.split(separator: ",")
        }
        guard let maximumAge = directives.compactMap(Self.maximumAge).first else { return unstated }
        let age = response.header("age").flatMap { seconds($0.utf8) } ?? 0
        return min(max(.seconds(max(maximumAge - age, 0)), shortest), longest)
    }

    /// The value of a `max-age` directive; the argument may be quoted (RFC 9111, section 5.2).
    private static func maximumAge(_ directive: Substring) -> Int64? {
        let parts = directive.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, trim(parts[0].utf8).map({ $0 | 0x20 }).elementsEqual("max-age".utf8) else { return nil }
        return seconds(parts[1].utf8.filter { $0 != UInt8(ascii: "\"") })
    }

    /// Parses digits only; a number too large to use counts as the largest one (RFC 9111, section 1.2.2).
    private static func seconds(_ text: some Collection<UInt8>) -> Int64? {
        let digits = trim(text)
        guard !digits.isEmpty else { return nil }
        var result: Int64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            result = min(result * 10 + Int64(byte - UInt8(ascii: "0")), Int64(Int32.max))
        }
        return result
    }

    private static func trim(_ text: some Collection<UInt8>) -> [UInt8] {
        text.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    }
}
