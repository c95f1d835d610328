internal import GoogleCloud

/// Comma-separated values (RFC 4180) that spreadsheets treat as text.
enum CSVText {
    /// Formats records, each terminated by CR LF.
    static func text(_ records: [[String]]) -> String {
        records.map { $0.map { field($0) }.joined(separator: ",") + "\r\n" }.joined()
    }

    /// Formats one field.
    ///
    /// A value that a spreadsheet would treat as a formula gets a leading apostrophe, as OWASP advises
    /// (https://owasp.org/www-community/attacks/CSV_Injection); control characters are escaped.
    static func field(_ text: String) -> String {
        var text = text.escaped
        if let first = text.first(where: { $0 != " " }), "=+-@".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == "'" || $0 == " " }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
