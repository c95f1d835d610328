internal import GoogleCloud

/// A table with columns aligned and two spaces apart; nothing is truncated, and an empty cell shows a hyphen.
struct TextTable {
    private let rows: [[String]]

    /// Creates a table; each row must have as many cells as the heading.
    init(heading: [String], rows: [[String]]) {
        self.rows = ([heading] + rows).map { row in
            row.map { $0.isEmpty ? "-" : $0.escaped }
        }
    }

    /// The table's lines, each terminated by a line feed.
    var text: String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                // Trailing spaces would only cause wrapping.
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
