// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Places for what was measured, and the text around them as the page has it for every run.
extension ChecklistReader {
    /// The blanks, those for measured values among them: a field on the line of a metric, and the
    /// cell of a column such as "Actual" in the row of one.
    var measuredBlanks: [ChecklistDocument.Blank] {
        guard !metricOfLine.isEmpty else { return blanks }
        var result = blanks.map { blank in
            guard case .field = blank.target else { return blank }
            var blank = blank
            blank.metric = metricOfLine[blank.line]
            return blank
        }
        for table in tables.values {
            for column in table.header.indices where Self.isMeasured(table.titles[column]) {
                for row in table.rows.dropFirst() {
                    guard let metric = metricOfLine[document.rows[row].line],
                        let range = cells(ofRow: row)[safe: column].flatMap(openPart),
                        !takenBlanks.contains(range.lowerBound)
                    else { continue }
                    let line = document.rows[row].line
                    let target = ChecklistDocument.Blank.Target.measurement(metric)
                    result.append(.init(target: target, range: range, line: line, metric: metric))
                }
            }
        }
        return result
    }

    /// Whether a column of this title, in lower case, holds what was measured.
    private static func isMeasured(_ title: String) -> Bool {
        measuredColumns.begin(title) && ThresholdWords.isActual(title)
    }

    private static let measuredColumns: PhraseList = [
        "actual", "value", "current", "measured", "atual", "ist", "実績", "実測", "当前",
    ]

    /// What is to be filled in of a cell: all of an empty one, else the blank that it begins with,
    /// before its unit.
    private func openPart(of cell: Range<Int>) -> Range<Int>? {
        if cell.isEmpty { return cell }
        let blank = blankRuns(in: cell).first
        return blank?.lowerBound == cell.lowerBound ? blank : nil
    }

    /// The text of a paragraph before write-back filled anything in; `nil` where it did not.
    func definedInlines(of paragraph: Int) -> MarkdownInlines? {
        let lines = document.lines(of: paragraph)
        guard lines.contains(where: { definedBytes(of: $0) != nil }) else { return nil }
        var bytes: [UInt8] = []
        let ranges = lines.map { line in
            let start = bytes.count
            bytes += definedBytes(of: line) ?? Array(document.source[line.range])
            return start..<bytes.count
        }
        var reader = InlineReader(source: bytes, definitions: document.definitions)
        return reader.read(ranges, isCell: false)
    }

    /// The bytes of a line before write-back filled anything in; `nil` where it did not.
    func definedBytes(of line: MarkdownLine) -> [UInt8]? {
        guard line.traits.contains(.blank), mayBeFilled(line.range) else { return nil }
        var bytes: [UInt8] = []
        var copied = line.range.lowerBound
        for run in blankRuns(in: line.range) {
            // In code the backticks around it are a part of the blank.
            guard let filled = FilledBlank(run, in: document.source) else { continue }
            bytes += document.source[copied..<run.lowerBound] + filled.blank
            copied = run.upperBound
        }
        return copied == line.range.lowerBound
            ? nil : bytes + document.source[copied..<line.range.upperBound]
    }

    private func mayBeFilled(_ range: Range<Int>) -> Bool {
        range.contains { offset in
            document.source[offset] == UInt8(ascii: "<")
                && FilledBlank.begins(at: offset, in: document.source, before: range.upperBound)
        }
    }
}
