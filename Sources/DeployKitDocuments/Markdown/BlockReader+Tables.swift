// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension BlockReader {
    /// Whether the rest of the line has at least one cell. One leading pipe begins no cell.
    var hasCells: Bool {
        if byte(nonspace) != UInt8(ascii: "|") { return nonspace < end }
        var cursor = nonspace + 1
        while cursor < end, Self.isSpace(source[cursor]) { cursor += 1 }
        return cursor < end
    }

    /// Adds the cells of a row, trimmed: it is split at its pipes; a pipe right after a backslash
    /// belongs to the cell.
    ///
    /// - Parameters:
    ///   - range: The bytes of the row.
    ///   - limit: As many cells are kept.
    /// - Returns: How many there are.
    @discardableResult
    mutating func addCells(of range: Range<Int>, keeping limit: Int = .max) -> Int {
        steps += range.count
        var count = 0
        var cursor = range.lowerBound
        func afterPipe(_ position: Int) -> Int {
            var next = position + 1
            while next < range.upperBound, Self.isSpace(source[next]) { next += 1 }
            return next
        }
        if cursor < range.upperBound, source[cursor] == UInt8(ascii: "|") {
            cursor = afterPipe(cursor)
        }
        while cursor < range.upperBound {
            let start = cursor
            while cursor < range.upperBound {
                if source[cursor] == UInt8(ascii: "|"),
                    cursor == start || source[cursor - 1] != UInt8(ascii: "\\")
                {
                    break
                }
                cursor += 1
            }
            var (first, last) = (start, cursor)
            while first < last, Self.isSpace(source[first]) { first += 1 }
            while last > first, Self.isSpace(source[last - 1]) { last -= 1 }
            if count < limit { cells.append(first..<last) }
            count += 1
            if cursor < range.upperBound { cursor = afterPipe(cursor) }
        }
        return count
    }

    /// Turns the last line of the open paragraph into the header of a table, when this line is
    /// a delimiter row with as many cells.
    mutating func openTable(replacing paragraph: OpenBlock) {
        let index = paragraph.index
        guard !paragraph.isNoTable, let headerLine = blocks[index].lines.last,
            isDelimiterRow()
        else { return }
        let header = content[headerLine]
        let first = cells.count
        let columns = addCells(of: header.range)
        guard columns == addCells(of: nonspace..<end, keeping: 0) else {
            cells.removeSubrange(first...)
            open[open.count - 1].isNoTable = true
            return
        }
        if blocks[index].lines.count == 1 {
            blocks[index].lines = headerLine..<headerLine
            content.removeLast()
            open.removeLast()
            matched = open.count
            reopen(index)
        } else {
            content.removeLast()
            blocks[index].lines = blocks[index].lines.lowerBound..<headerLine
            let last = content[headerLine - 1]
            blocks[index].lastLine = last.number
            blocks[index].range = blocks[index].range.lowerBound..<last.range.upperBound
            close(downTo: open.count - 1)
            addBlock(.paragraph, form: .table, at: header.range.lowerBound)
            blocks[blocks.count - 1].firstLine = header.number
        }
        let table = open[open.count - 1].index
        blocks[table].kind = .table(rows: rows.count..<rows.count + 1)
        blocks[table].range = blocks[table].range.lowerBound..<end
        blocks[table].lastLine = number
        open[open.count - 1].count = columns
        rows.append(MarkdownTableRow(line: header.number, cells: first..<cells.count))
        useUp()
    }

    private mutating func reopen(_ index: Int) {
        open.append(OpenBlock(index: index, form: .table))
        matched = open.count
    }

    mutating func addRow(columns: Int) {
        let table = open[matched - 1].index
        guard matched == open.count, case .table(let range) = blocks[table].kind else { return }
        let first = cells.count
        addCells(of: nonspace..<end, keeping: columns)
        rows.append(MarkdownTableRow(line: number, cells: first..<cells.count))
        blocks[table].kind = .table(rows: range.lowerBound..<rows.count)
        blocks[table].range = blocks[table].range.lowerBound..<end
        blocks[table].lastLine = number
        useUp()
    }

    /// Whether the rest of the line is `| :-- | --: |` or the like.
    private mutating func isDelimiterRow() -> Bool {
        var cursor = nonspace
        func skipSpace() {
            while cursor < end, Self.isSpace(source[cursor]) { cursor += 1 }
        }
        defer { steps += cursor - nonspace }
        if byte(cursor) == UInt8(ascii: "|") { cursor += 1 }
        while true {
            skipSpace()
            if byte(cursor) == UInt8(ascii: ":") { cursor += 1 }
            let dashes = cursor
            while byte(cursor) == UInt8(ascii: "-") { cursor += 1 }
            guard cursor > dashes else { return false }
            if byte(cursor) == UInt8(ascii: ":") { cursor += 1 }
            skipSpace()
            if cursor >= end { return true }
            guard byte(cursor) == UInt8(ascii: "|") else { return false }
            cursor += 1
            var rest = cursor
            while rest < end, Self.isSpace(source[rest]) { rest += 1 }
            if rest >= end { return true }
        }
    }
}
