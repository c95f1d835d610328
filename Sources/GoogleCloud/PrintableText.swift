extension String {
    /// The text with control characters as spaces, cut to so many bytes.
    func printable(bytes maximumBytes: Int) -> String {
        var result = ""
        for scalar in unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator
            let next = isControl ? " " : String(scalar)
            guard result.utf8.count + next.utf8.count <= maximumBytes else { break }
            result += next
        }
        return result
    }
}
