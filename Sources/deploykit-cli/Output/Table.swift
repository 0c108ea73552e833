// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Rows of cells, one line each, the columns aligned.
enum Table {
    static func text(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.columns)
            }
        }
        return rows.map { row in
            let line = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
            let end = line.lastIndex { $0 != " " }
            return (end.map { String(line[...$0]) } ?? "") + "\n"
        }.joined()
    }
}
