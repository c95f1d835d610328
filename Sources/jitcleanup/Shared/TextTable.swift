internal import GoogleCloud

/// A table with aligned columns, two spaces apart; nothing is cut, and an empty cell is a hyphen.
struct TextTable {
    private let rows: [[String]]

    /// A table of a heading and rows of as many cells each.
    init(heading: [String], rows: [[String]]) {
        self.rows = ([heading] + rows).map { row in
            row.map { $0.isEmpty ? "-" : $0.escaped }
        }
    }

    /// The lines, each with its line feed.
    var text: String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                // Spaces behind the last column would only wrap.
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
