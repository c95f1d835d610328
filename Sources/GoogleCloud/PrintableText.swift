internal import LosslessJSON

extension String {
    /// The text with every character escaped that could move the cursor, start a line or reorder text.
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

    /// The text with hidden characters replaced by spaces, cut to at most this many bytes.
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
