// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Reads blocks line by line, after the strategy in the appendix of the CommonMark specification:
/// each line first continues as many open blocks as it can, then opens new ones, and what is left
/// is text for the innermost.
struct BlockReader {
    /// A block that may still grow, and what its continuation depends on.
    struct OpenBlock {
        enum Form {
            case document, quote, list, item, paragraph, fence, indented, html, table, other
        }

        var index: Int
        var form: Form
        /// Item: columns its content needs. Fence: columns the opening fence was indented.
        var indent = 0
        /// Fence: the character. HTML: the number of the start condition, 1 to 7.
        var detail: UInt8 = 0
        /// Fence: its length. Table: its columns.
        var count = 0
        /// Paragraph: a delimiter row that did not fit was seen, so it becomes no table any more.
        var isNoTable = false
    }

    /// Blank lines after a block decide whether its list is tight.
    struct Spacing {
        @CompactInt var line = 0
        /// The last line that reached a block inside; it outdates what was noted before.
        @CompactInt var innerLine = 0
        var endsBlank = false
        var isChecked = false
    }

    let source: [UInt8]
    var lineStarts: [Int] = []
    var hasBOM = false
    var lineEnding = MarkdownDocument.LineEnding.none
    var frontMatter: Range<Int>?
    var blocks: [MarkdownBlock] = []
    var content: [MarkdownLine] = []
    var rows: [MarkdownTableRow] = []
    var cells: [Range<Int>] = []
    var definitions: [String: MarkdownDefinition] = [:]
    var steps = 0

    var spacing: [Spacing] = []
    /// The open blocks, outermost first.
    var open: [OpenBlock] = []
    /// Where the block quotes stand in `open`, so that a blank line need not visit every item.
    var openQuotes: [Int] = []
    /// How many of `open` the current line continues.
    var matched = 0

    // The current line. `end` is before its terminator.
    var number = 0
    var lineStart = 0
    var end = 0
    var offset = 0
    var column = 0
    var isTabPartlyUsed = false
    var nonspace = 0
    /// The first byte of the line that is neither space nor tab, before any prefix was read.
    var firstNonspace = 0
    var nonspaceColumn = 0
    /// A thematic break that begins before this offset is known to fail.
    var noBreakBefore = 0
    /// Nothing of the line is left to be text.
    var isUsedUp = false

    init(_ source: [UInt8]) {
        self.source = source
    }

    var indent: Int { nonspaceColumn - column }
    var isBlank: Bool { nonspace >= end }
    var isIndented: Bool { indent >= 4 }

    mutating func read() {
        addBlock(.document, form: .document, at: 0)
        blocks[0].firstLine = 1
        // Room for blocks and lines of the usual length, so that they need not move as they grow;
        // what is not used is never touched.
        blocks.reserveCapacity(source.count / 24)
        spacing.reserveCapacity(source.count / 24)
        content.reserveCapacity(source.count / 32)
        lineStarts.reserveCapacity(source.count / 32)
        hasBOM = source.starts(with: [0xEF, 0xBB, 0xBF])
        var next = 0
        if hasBOM, let after = readFrontMatter(from: 3) {
            next = after
        } else if !hasBOM, let after = readFrontMatter(from: 0) {
            next = after
        }
        while next < source.count {
            next = beginLine(at: next)
            if number == 1, hasBOM { offset = 3 }
            readLine()
        }
        close(downTo: 0)
        blocks[0].range = 0..<source.count
        blocks[0].lastLine = max(lineStarts.count, 1)
    }

    /// Finds the end of a line and resets the cursor to its start.
    ///
    /// - Returns: The start of the line after it.
    mutating func beginLine(at start: Int) -> Int {
        var cursor = Self.endOfLine(in: source.span, from: start)
        steps += cursor - start + 1
        number += 1
        lineStarts.append(start)
        lineStart = start
        end = cursor
        offset = start
        column = 0
        isTabPartlyUsed = false
        nonspace = start
        nonspaceColumn = 0
        noBreakBefore = 0
        isUsedUp = false
        var ending = MarkdownDocument.LineEnding.none
        if cursor < source.count {
            ending = source[cursor] == 0x0A ? .lf : .cr
            cursor += 1
            if ending == .cr, cursor < source.count, source[cursor] == 0x0A {
                ending = .crlf
                cursor += 1
            }
            lineEnding = lineEnding == .none || lineEnding == ending ? ending : .mixed
        }
        return cursor
    }

    private static func endOfLine(in bytes: Span<UInt8>, from start: Int) -> Int {
        var cursor = start
        while cursor < bytes.count {
            let byte = bytes[cursor]
            // Nearly every byte is told from both terminators by one comparison.
            if byte <= 0x0D, byte == 0x0A || byte == 0x0D { break }
            cursor += 1
        }
        return cursor
    }

    mutating func readLine() {
        findNonspace()
        firstNonspace = nonspace
        let isFinished = continueOpenBlocks()
        if isFinished { return }
        openNewBlocks(mayBeLazy: open[open.count - 1].form == .paragraph)
        findNonspace()
        // A paragraph goes on over a line that lacks the prefixes of its containers.
        if matched < open.count, !isBlank, open[open.count - 1].form == .paragraph {
            noteSpacing(container: open[open.count - 1].index)
            addContent(from: nonspace)
            return
        }
        close(downTo: matched)
        noteSpacing(container: open[open.count - 1].index)
        if !isUsedUp { addText() }
    }

    private mutating func addText() {
        let container = open[open.count - 1]
        switch container.form {
        case .paragraph:
            if !isBlank { addContent(from: nonspace) }
        case .fence, .indented:
            addContent(from: offset)
        case .html:
            addContent(from: offset)
            if htmlEnds(condition: container.detail) { close(downTo: open.count - 1) }
        case .document, .quote, .list, .item:
            if isBlank { return }
            addBlock(.paragraph, form: .paragraph, at: nonspace)
            addContent(from: nonspace)
        case .table, .other:
            return
        }
    }

    // MARK: Blocks

    /// Appends a block to the innermost matched block that can hold it, and opens it.
    ///
    /// - Returns: Its index.
    @discardableResult
    mutating func addBlock(
        _ kind: MarkdownBlock.Kind,
        form: OpenBlock.Form,
        at start: Int
    ) -> Int {
        close(downTo: matched)
        while let last = open.last, !Self.holds(last.form, form) { close(downTo: open.count - 1) }
        let index = blocks.count
        let parent = open.last?.index
        blocks.append(
            MarkdownBlock(
                kind: kind,
                range: start..<max(start, end),
                firstLine: number,
                lastLine: number,
                lines: content.count..<content.count,
                parent: parent,
                firstChild: nil,
                lastChild: nil,
                nextSibling: nil,
                depth: open.count
            )
        )
        spacing.append(Spacing())
        if let parent {
            if let last = blocks[parent].lastChild {
                blocks[last].nextSibling = index
            } else {
                blocks[parent].firstChild = index
            }
            blocks[parent].lastChild = index
        }
        if form == .quote { openQuotes.append(open.count) }
        open.append(OpenBlock(index: index, form: form))
        matched = open.count
        steps += 1
        return index
    }

    private static func holds(_ parent: OpenBlock.Form, _ child: OpenBlock.Form) -> Bool {
        switch parent {
        case .document, .quote, .item: child != .item
        case .list: child == .item
        default: false
        }
    }

    mutating func addContent(from start: Int) {
        let index = open[open.count - 1].index
        // A tab used in part still begins the line; what is left of it is padding.
        let padding = isTabPartlyUsed && start == offset ? 4 - column % 4 : 0
        let first = padding > 0 ? start + 1 : start
        addLine(min(first, end)..<end, padding: padding)
        blocks[index].lines = blocks[index].lines.lowerBound..<content.count
        blocks[index].range =
            blocks[index].range.lowerBound..<max(blocks[index].range.upperBound, end)
        blocks[index].lastLine = number
    }

    mutating func addLine(_ range: Range<Int>, padding: Int = 0) {
        content.append(
            MarkdownLine(
                range: range,
                padding: padding,
                number: number,
                traits: ByteTraits(of: source.span, range)
            )
        )
    }

    mutating func close(downTo count: Int) {
        while open.count > count, let block = open.popLast() {
            steps += 1
            finish(block)
            if block.form == .quote { openQuotes.removeLast() }
        }
        matched = min(matched, open.count)
    }

    private mutating func finish(_ block: OpenBlock) {
        let index = block.index
        switch block.form {
        case .paragraph:
            resolveDefinitions(index)
            if blocks[index].lines.isEmpty { blocks[index].kind = .definitions }
        case .indented:
            var lines = blocks[index].lines
            while let last = lines.last, isBlankContent(content[last].range) { lines.removeLast() }
            content.removeSubrange(lines.upperBound..<content.count)
            blocks[index].lines = lines
            if let last = lines.last {
                blocks[index].lastLine = content[last].number
                blocks[index].range =
                    blocks[index].range.lowerBound..<content[last].range.upperBound
            }
        case .list:
            settleTightness(of: index)
        default:
            break
        }
        guard let parent = blocks[index].parent else { return }
        let range = blocks[parent].range
        blocks[parent].range =
            range.lowerBound..<max(range.upperBound, blocks[index].range.upperBound)
        blocks[parent].lastLine = max(blocks[parent].lastLine, blocks[index].lastLine)
        spacing[parent].innerLine = max(
            spacing[parent].innerLine,
            max(spacing[index].innerLine, spacing[index].line)
        )
    }

    private mutating func isBlankContent(_ range: Range<Int>) -> Bool {
        steps += range.count
        return source[range].allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }

    // MARK: The cursor

    func byte(_ position: Int) -> UInt8 {
        position < end ? source[position] : 0x0A
    }

    mutating func findNonspace() {
        guard nonspace <= offset else { return }
        nonspace = offset
        nonspaceColumn = column
        while nonspace < end {
            if source[nonspace] == 0x20 {
                nonspaceColumn += 1
            } else if source[nonspace] == 0x09 {
                nonspaceColumn += 4 - nonspaceColumn % 4
            } else {
                break
            }
            nonspace += 1
        }
        steps += nonspace - offset + 1
    }

    /// Moves over bytes.
    mutating func advance(bytes count: Int) {
        let target = min(offset + count, end)
        steps += count
        while offset < target {
            column += source[offset] == 0x09 ? 4 - column % 4 : 1
            offset += 1
        }
        isTabPartlyUsed = false
    }

    /// Moves over columns, maybe into a tab.
    mutating func advance(columns count: Int) {
        var left = count
        steps += count
        while left > 0, offset < end {
            if source[offset] == 0x09 {
                let width = 4 - column % 4
                isTabPartlyUsed = width > left
                column += min(left, width)
                left -= min(left, width)
                if !isTabPartlyUsed { offset += 1 }
            } else {
                isTabPartlyUsed = false
                offset += 1
                column += 1
                left -= 1
            }
        }
    }
}
