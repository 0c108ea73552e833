// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension BlockReader {
    struct ListMarker {
        var list: MarkdownList
        var length: Int
    }

    /// The list marker at the first nonspace byte. An open paragraph can be interrupted only by
    /// an item with content, and of ordered ones only by number 1.
    mutating func listMarker(interrupting isInterrupting: Bool) -> ListMarker? {
        var cursor = nonspace
        var list = MarkdownList(isOrdered: false, start: 0, marker: byte(cursor), isTight: true)
        switch list.marker {
        case UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "+"):
            cursor += 1
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            while cursor - nonspace < 9, (0x30...0x39).contains(byte(cursor)) {
                list.start = list.start * 10 + Int(byte(cursor) - 0x30)
                cursor += 1
            }
            list.isOrdered = true
            list.marker = byte(cursor)
            guard list.marker == UInt8(ascii: ".") || list.marker == UInt8(ascii: ")") else {
                return nil
            }
            if isInterrupting, list.start != 1 { return nil }
            cursor += 1
        default:
            return nil
        }
        guard cursor >= end || Self.isSpace(source[cursor]) else { return nil }
        if isInterrupting, isBlankRest(from: cursor) { return nil }
        return ListMarker(list: list, length: cursor - nonspace)
    }

    mutating func openItem(_ marker: ListMarker, in container: OpenBlock) {
        let start = nonspace
        let markerIndent = indent
        advance(bytes: start + marker.length - offset)
        let saved = (offset, column, isTabPartlyUsed)
        while column - saved.1 <= 5, Self.isSpaceOrTab(byte(offset)) { advance(columns: 1) }
        let spaces = column - saved.1
        var width = marker.length + spaces
        if !(1..<5).contains(spaces) || offset >= end {
            // An empty item, or one that begins with indented code.
            width = marker.length + 1
            (offset, column, isTabPartlyUsed) = saved
            if spaces > 0 { advance(columns: 1) }
        }
        nonspace = offset
        nonspaceColumn = column
        findNonspace()

        var continuesList = false
        if container.form == .list, case .list(let list) = blocks[container.index].kind {
            continuesList =
                list.isOrdered == marker.list.isOrdered && list.marker == marker.list.marker
        }
        if !continuesList { addBlock(.list(marker.list), form: .list, at: start) }
        addBlock(.item(task: nil), form: .item, at: start)
        open[open.count - 1].indent = markerIndent + width
    }

    /// Reads the box of the item that was just opened.
    ///
    /// The rule is cmark-gfm's: `[ ]`, `[x]` or `[X]`, then a space, tab, vertical tab or form
    /// feed. A second box after it makes the box double.
    ///
    /// - Returns: Whether there is a box; what follows it is text and begins no block.
    mutating func openTask() -> Bool {
        findNonspace()
        guard !isIndented, let isChecked = box(at: nonspace) else { return false }
        let item = open[open.count - 1].index
        var task = MarkdownTask(
            box: nonspace + 1,
            isChecked: isChecked,
            extraBox: nil,
            isExtraChecked: false,
            isSeenByReference: blocks[item].range.lowerBound == firstNonspace
        )
        advance(bytes: nonspace + 3 - offset)
        findNonspace()
        if let isExtraChecked = box(at: nonspace) {
            task.extraBox = nonspace + 1
            task.isExtraChecked = isExtraChecked
            advance(bytes: nonspace + 3 - offset)
            findNonspace()
        }
        blocks[item].kind = .item(task: task)
        return true
    }

    private func box(at start: Int) -> Bool? {
        guard byte(start) == UInt8(ascii: "["), byte(start + 2) == UInt8(ascii: "]"),
            start + 3 < end, Self.isSpace(source[start + 3])
        else { return nil }
        return MarkdownDocument.tick(source[start + 1])
    }

    // MARK: Tightness

    /// Notes whether a block ends with a blank line, as far as this line can tell.
    mutating func noteSpacing(container index: Int) {
        let isBlankLine = isBlank && !isUsedUp
        if isBlankLine, let last = blocks[index].lastChild {
            spacing[last].endsBlank = true
            spacing[last].line = number
        }
        let counts: Bool =
            switch blocks[index].kind {
            case .blockQuote, .heading, .thematicBreak, .fencedCode: false
            case .item: blocks[index].firstChild != nil || blocks[index].firstLine != number
            default: true
            }
        spacing[index].endsBlank = isBlankLine && counts
        spacing[index].line = number
    }

    private func endsBlank(_ index: Int) -> Bool {
        spacing[index].endsBlank && spacing[index].line >= spacing[index].innerLine
    }

    /// Whether a block, or the last block inside it, ends with a blank line.
    private mutating func innerEndsBlank(_ start: Int) -> Bool {
        var index = start
        while !spacing[index].isChecked {
            steps += 1
            spacing[index].isChecked = true
            switch blocks[index].kind {
            case .list, .item:
                guard let last = blocks[index].lastChild else { return endsBlank(index) }
                index = last
            default:
                return endsBlank(index)
            }
        }
        return endsBlank(index)
    }

    /// A list is loose when a blank line parts two of its items, or two blocks within an item.
    mutating func settleTightness(of index: Int) {
        var item = blocks[index].firstChild
        var isTight = true
        while let current = item, isTight {
            let next = blocks[current].nextSibling
            if endsBlank(current), next != nil { isTight = false }
            var child = blocks[current].firstChild
            while let inner = child, isTight {
                steps += 1
                let after = blocks[inner].nextSibling
                if next != nil || after != nil, innerEndsBlank(inner) { isTight = false }
                child = after
            }
            item = next
        }
        guard !isTight, case .list(var list) = blocks[index].kind else { return }
        list.isTight = false
        blocks[index].kind = .list(list)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
