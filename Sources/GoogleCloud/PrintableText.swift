internal import LosslessJSON

/// Makes untrusted text safe for a log, a terminal, a table or a spreadsheet.
extension String {
    /// The text with everything escaped that could move a cursor, begin a line or reorder what is read.
    package var escaped: String {
        guard unicodeScalars.contains(where: \.isHidden) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.isHidden {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text with hidden characters as spaces, cut to this many bytes.
    package func printable(bytes maximumBytes: Int) -> String {
        var result = ""
        for scalar in unicodeScalars {
            let next = scalar.isHidden ? " " : String(scalar)
            guard result.utf8.count + next.utf8.count <= maximumBytes else { break }
            result += next
        }
        return result
    }
}
