internal import GoogleCloud

/// Comma-separated values (RFC 4180) that a spreadsheet takes for text.
enum CSVText {
    /// The records, each ended by CR and LF.
    static func text(_ records: [[String]]) -> String {
        records.map { $0.map { field($0) }.joined(separator: ",") + "\r\n" }.joined()
    }

    /// One field.
    ///
    /// What a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
    /// (https://owasp.org/www-community/attacks/CSV_Injection); control characters are escaped.
    static func field(_ text: String) -> String {
        var text = text.escaped
        if let first = text.first(where: { $0 != " " }), "=+-@".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == "'" || $0 == " " }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
