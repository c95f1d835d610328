/// The content type `application/x-www-form-urlencoded` (https://url.spec.whatwg.org/#urlencoded-parsing).
enum FormText {
    /// The parameters of a URL's query; of one that is there twice, the first.
    static func parse(_ query: String) -> [String: String] { parse(Array(query.utf8)) }

    /// The parameters of a body; of one that is there twice, the first.
    static func parse(_ body: [UInt8]) -> [String: String] {
        var result: [String: String] = [:]
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let key = decoded(name)
            if result[key] == nil { result[key] = decoded(pair.dropFirst(name.count + 1)) }
        }
        return result
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): result.append(0x20)
            case UInt8(ascii: "%"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    result.append(byte)
                    continue
                }
                result.append(value)
                rest = rest.dropFirst(2)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
