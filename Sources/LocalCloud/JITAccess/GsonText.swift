internal import LosslessJSON

/// JSON strings as Gson writes them by default: it escapes what HTML could mistake for markup.
///
/// https://github.com/google/gson, `JsonWriter.HTML_SAFE_REPLACEMENT_CHARS`
enum GsonText {
    static func quoted(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 16)
        // Quotation marks, backslashes and control characters are escaped as everywhere; none of these escapes
        // contains a character that is replaced here.
        for scalar in String(decoding: JSONEscapes.quoted(text), as: UTF8.self).unicodeScalars {
            switch scalar {
            case "'", "<", ">", "&", "=": result += Array(#"\u00"#.utf8) + Array(String(scalar.value, radix: 16).utf8)
            case "\u{2028}", "\u{2029}": result += Array(#"\u"#.utf8) + Array(String(scalar.value, radix: 16).utf8)
            default: result += Array(String(scalar).utf8)
            }
        }
        return result
    }
}
