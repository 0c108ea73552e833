// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The cells of a table as plain text; several rules look at the same ones.
struct TableText {
    /// The rows of the document, the header first.
    let rows: Range<Int>
    /// The header.
    let header: [String]
    /// The header in lower case.
    let titles: [String]
    /// The rows below it.
    let body: [[String]]

    /// A table of these rows, with the texts of each.
    init(_ rows: Range<Int>, texts: (Int) -> [String]) {
        self.rows = rows
        header = texts(rows.lowerBound)
        titles = header.map { $0.lowercased() }
        body = rows.dropFirst().map(texts)
    }
}
