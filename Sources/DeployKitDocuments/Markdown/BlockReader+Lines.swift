// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension BlockReader {
    /// Walks down the open blocks as far as the line continues them, and sets `matched`.
    ///
    /// - Returns: Whether the line is used up: it closed a fence.
    mutating func continueOpenBlocks() -> Bool {
        matched = 1
        var quotes = 0
        while matched < open.count {
            steps += 1
            findNonspace()
            let block = open[matched]
            switch block.form {
            case .document, .list:
                break
            case .quote:
                guard !isIndented, byte(nonspace) == UInt8(ascii: ">") else { return false }
                advance(columns: indent + 1)
                if Self.isSpaceOrTab(byte(offset)) { advance(columns: 1) }
                quotes += 1
            case .item:
                if indent >= block.indent {
                    advance(columns: block.indent)
                } else if isBlank, blocks[block.index].firstChild != nil {
                    // Every item on the way to the next quote, or to the innermost block,
                    // continues over a blank line, so they need not be visited one by one.
                    advance(bytes: nonspace - offset)
                    let stop = quotes < openQuotes.count ? openQuotes[quotes] : open.count - 1
                    matched = max(stop, matched + 1)
                    continue
                } else {
                    return false
                }
            case .indented:
                if isIndented {
                    advance(columns: 4)
                } else if isBlank {
                    advance(bytes: nonspace - offset)
                } else {
                    return false
                }
            case .fence:
                if !isIndented, closesFence(block) {
                    blocks[block.index].range = blocks[block.index].range.lowerBound..<end
                    blocks[block.index].lastLine = number
                    noteSpacing(container: block.index)
                    close(downTo: matched)
                    return true
                }
                var left = block.indent
                while left > 0, Self.isSpaceOrTab(byte(offset)) {
                    advance(columns: 1)
                    left -= 1
                }
            case .html:
                if isBlank, block.detail >= 6 { return false }
            case .paragraph:
                if isBlank { return false }
            case .table:
                if isBlank || !hasCells { return false }
            case .other:
                return false
            }
            matched += 1
        }
        return false
    }

    private mutating func closesFence(_ block: OpenBlock) -> Bool {
        var cursor = nonspace
        while byte(cursor) == block.detail { cursor += 1 }
        steps += cursor - nonspace
        guard cursor - nonspace >= block.count, cursor > nonspace else { return false }
        return isBlankRest(from: cursor)
    }

    /// Opens the blocks that begin on the line, outermost first.
    mutating func openNewBlocks(mayBeLazy: Bool) {
        var mayBeLazy = mayBeLazy
        while true {
            steps += 1
            let container = open[matched - 1]
            if container.form == .fence || container.form == .indented || container.form == .html {
                return
            }
            findNonspace()
            if !isIndented, !isBlank {
                if openQuote() {
                    mayBeLazy = false
                    continue
                }
                if openHeading() || openFence() || openHTML(in: container) { return }
                if container.form == .paragraph, let level = setextLevel() {
                    makeSetextHeading(container.index, level: level)
                    return
                }
                if openThematicBreak() { return }
                if let marker = listMarker(interrupting: container.form == .paragraph) {
                    openItem(marker, in: container)
                    mayBeLazy = false
                    if openTask() { return }
                    continue
                }
            } else if isIndented, !mayBeLazy, !isBlank {
                advance(columns: 4)
                let start = offset
                addBlock(.indentedCode, form: .indented, at: start)
                return
            }
            if !isIndented, !isBlank {
                if container.form == .paragraph { openTable(replacing: container) }
                if container.form == .table { addRow(columns: container.count) }
            }
            return
        }
    }

    // MARK: Starts

    private mutating func openQuote() -> Bool {
        guard byte(nonspace) == UInt8(ascii: ">") else { return false }
        let start = nonspace
        advance(bytes: nonspace + 1 - offset)
        if Self.isSpaceOrTab(byte(offset)) { advance(columns: 1) }
        addBlock(.blockQuote, form: .quote, at: start)
        return true
    }

    private mutating func openHeading() -> Bool {
        var cursor = nonspace
        while byte(cursor) == UInt8(ascii: "#"), cursor - nonspace < 7 { cursor += 1 }
        let level = cursor - nonspace
        guard (1...6).contains(level), cursor >= end || Self.isSpaceOrTab(byte(cursor)) else {
            return false
        }
        addBlock(.heading(level: level), form: .other, at: nonspace)
        while cursor < end, Self.isSpaceOrTab(source[cursor]) { cursor += 1 }
        var last = trimmedEnd(from: cursor)
        var hashes = last
        while hashes > cursor, source[hashes - 1] == UInt8(ascii: "#") { hashes -= 1 }
        if hashes < last, hashes == cursor || Self.isSpaceOrTab(source[hashes - 1]) {
            last = hashes
            while last > cursor, Self.isSpaceOrTab(source[last - 1]) { last -= 1 }
        }
        steps += end - nonspace
        addLine(cursor..<last)
        blocks[blocks.count - 1].lines = content.count - 1..<content.count
        useUp()
        return true
    }

    private mutating func openFence() -> Bool {
        let mark = byte(nonspace)
        guard mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return false }
        var cursor = nonspace
        while byte(cursor) == mark { cursor += 1 }
        let length = cursor - nonspace
        steps += length
        guard length >= 3 else { return false }
        if mark == UInt8(ascii: "`") {
            steps += end - cursor
            if source[cursor..<end].contains(mark) { return false }
        }
        while cursor < end, Self.isSpaceOrTab(source[cursor]) { cursor += 1 }
        let fenceIndent = indent
        let info = cursor..<max(cursor, trimmedEnd(from: cursor))
        addBlock(.fencedCode(info: info), form: .fence, at: nonspace)
        open[open.count - 1].detail = mark
        open[open.count - 1].count = length
        open[open.count - 1].indent = fenceIndent
        useUp()
        return true
    }

    private mutating func openThematicBreak() -> Bool {
        let mark = byte(nonspace)
        guard mark == 0x2A || mark == 0x2D || mark == 0x5F, nonspace >= noBreakBefore else {
            return false
        }
        var count = 0
        var cursor = nonspace
        while cursor < end {
            if source[cursor] == mark {
                count += 1
            } else if !Self.isSpaceOrTab(source[cursor]) {
                break
            }
            cursor += 1
        }
        steps += cursor - nonspace
        guard count >= 3, cursor == end else {
            noBreakBefore = cursor
            return false
        }
        addBlock(.thematicBreak, form: .other, at: nonspace)
        useUp()
        return true
    }

    private mutating func setextLevel() -> Int? {
        let mark = byte(nonspace)
        guard mark == UInt8(ascii: "=") || mark == UInt8(ascii: "-") else { return nil }
        var cursor = nonspace
        while byte(cursor) == mark { cursor += 1 }
        steps += cursor - nonspace
        return isBlankRest(from: cursor) ? (mark == UInt8(ascii: "=") ? 1 : 2) : nil
    }

    private mutating func makeSetextHeading(_ index: Int, level: Int) {
        resolveDefinitions(index)
        guard !blocks[index].lines.isEmpty else { return }
        blocks[index].kind = .heading(level: level)
        blocks[index].range = blocks[index].range.lowerBound..<end
        blocks[index].lastLine = number
        open[open.count - 1].form = .other
        useUp()
    }

    // MARK: Small things

    /// Moves to the end of the line, of which nothing is left to read.
    mutating func useUp() {
        offset = end
        nonspace = end
        nonspaceColumn = column
        isUsedUp = true
    }

    mutating func isBlankRest(from start: Int) -> Bool {
        var cursor = start
        while cursor < end, Self.isSpaceOrTab(source[cursor]) { cursor += 1 }
        steps += cursor - start
        return cursor == end
    }

    func trimmedEnd(from start: Int) -> Int {
        var last = end
        while last > start, Self.isSpaceOrTab(source[last - 1]) { last -= 1 }
        return last
    }

    static func isSpaceOrTab(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
