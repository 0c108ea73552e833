// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Runs of underscores and the like, and the lines that they stand in.
extension ChecklistReader {
    /// The plain text of bytes of one line: no emphasis, escapes, backticks or comments.
    func plain(_ range: Range<Int>) -> String { Self.plain(document.source[range]) }

    static func plain(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(where: { $0 == 0x2A || $0 == 0x3C || $0 == 0x5C || $0 == 0x60 }) else {
            return String(decoding: bytes, as: UTF8.self).trimmed
        }
        var rest = withoutComments(bytes)
        rest.removeAll { $0 == 0x2A || $0 == 0x5C || $0 == 0x60 }
        return String(decoding: rest, as: UTF8.self).trimmed
    }

    private static func withoutComments(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var kept: [UInt8] = []
        var rest = bytes
        while let start = offset(of: "<!--", in: rest), let end = offset(of: "-->", in: rest),
            start < end
        {
            kept += rest.prefix(start)
            rest = rest.dropFirst(end + 3)
        }
        return kept + rest
    }

    private static func offset(of word: String, in bytes: ArraySlice<UInt8>) -> Int? {
        word.withBytes { bytes.span.firstOffset(of: $0) }
    }

    /// The blanks of a range in order: three `_` or more, two `\_` or more, with the `*` around them,
    /// joined by `/`; six `.` or more, two `…` or more.
    func blankRuns(in range: Range<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var offset = range.lowerBound
        var mayBeFilled = true
        while offset < range.upperBound {
            guard Self.mayBeginBlank(document.source[offset]) else {
                offset += 1
                continue
            }
            if mayBeFilled, document.source[offset] == UInt8(ascii: "<"),
                FilledBlank.begins(at: offset, in: document.source, before: range.upperBound)
            {
                let filled = FilledBlank.end(
                    from: offset,
                    in: document.source,
                    before: range.upperBound
                )
                if let filled {
                    runs.append(offset..<filled)
                    offset = filled
                    continue
                }
                // What ends none here ends none further on.
                mayBeFilled = false
            }
            let (blank, looked) = blankEnd(from: offset, in: range)
            guard var end = blank else {
                offset = max(looked, offset + 1)
                continue
            }
            let before = offset > range.lowerBound ? document.source[offset - 1] : 0x20
            let after = end < range.upperBound ? document.source[end] : 0x20
            let isHex =
                offset >= range.lowerBound + 2 && before == UInt8(ascii: "x")
                && document.source[offset - 2] == UInt8(ascii: "0")
            if before == Self.backtick, after == Self.backtick {
                // In a code span the comments of a filled blank would show: the span goes with it.
                runs.append(offset - 1..<end + 1)
                end += 1
            } else if !Self.isWord(before) && !Self.isWord(after) {
                runs.append(offset..<end)
            } else if isHex, !Self.isWord(after) {
                runs.append(offset - 2..<end)
            }
            offset = end
        }
        return runs
    }

    private func mayHoldLabel(_ range: Range<Int>) -> Bool {
        ByteTraits(of: document.source.span, range).contains(.label)
    }

    private static func mayBeginBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2A, 0x2E, 0x3C, 0x5C, 0x5F, 0xE2: true
        default: false
        }
    }

    private static let backtick = UInt8(ascii: "`")

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || byte >= 0x80
    }

    /// The end of the blank that begins at `start`, if one does, and how far was looked: before
    /// that begins none either.
    private func blankEnd(
        from start: Int,
        in range: Range<Int>
    ) -> (end: Int?, looked: Int) {
        let source = document.source
        let first = source[start]
        if first == UInt8(ascii: ".") || first == 0xE2 {
            var end = start
            while end < range.upperBound, source[end] == UInt8(ascii: ".") { end += 1 }
            if end - start >= 6 { return (end, end) }
            end = start
            while end + 2 < range.upperBound, source[end] == 0xE2, source[end + 1] == 0x80,
                source[end + 2] == 0xA6
            { end += 3 }
            return (end - start >= 6 ? end : nil, start)
        }
        guard
            first == UInt8(ascii: "_") || first == UInt8(ascii: "*") || first == UInt8(ascii: "\\")
        else { return (nil, start) }
        var (end, plain, escaped, leading, trailing) = (start, 0, 0, 0, 0)
        loop: while end < range.upperBound {
            switch source[end] {
            case UInt8(ascii: "_"):
                plain += 1
                trailing = 0
            case UInt8(ascii: "*"):
                if plain + escaped == 0 { leading += 1 }
                trailing += 1
            case UInt8(ascii: "\\")
            where end + 1 < range.upperBound && source[end + 1] == UInt8(ascii: "_"):
                escaped += 1
                trailing = 0
                end += 1
            case UInt8(ascii: "/")
            where plain + escaped > 0 && trailing == 0 && end + 1 < range.upperBound
                && (source[end + 1] == UInt8(ascii: "_") || source[end + 1] == UInt8(ascii: "\\")):
                break
            default: break loop
            }
            end += 1
        }
        guard plain >= 3 || escaped >= 2 || plain + escaped >= 3 else { return (nil, end) }
        // Emphasis that closes here was opened before.
        return (trailing > leading ? end - (trailing - leading) : end, end)
    }

    /// Adds a blank, unless its bytes are another one's already: what belongs there was read first.
    mutating func addBlank(_ blank: ChecklistDocument.Blank) {
        if takenBlanks.insert(blank.range.lowerBound).inserted { blanks.append(blank) }
    }

    /// One line that may be filled in, such as `**Deployed by:** ____`.
    struct FormLine {
        var block: Int
        var number: Int
        /// Without marker and box.
        var range: Range<Int>
        /// What stands before the first colon or blank.
        var label: String
        var isBold: Bool
        var blanks: [Range<Int>]
        /// The text after the label.
        var value: String
        var task: Int?
        var isListed: Bool
    }

    /// Where the first comment begins.
    private static func comment(in bytes: ArraySlice<UInt8>) -> Int? {
        var rest = bytes
        while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
            if bytes[open...].starts(with: "<!--".utf8) { return open }
            rest = bytes[(open + 1)...]
        }
        return nil
    }

    /// The blank of "Notes:" with nothing but underscores on the line below it. Such a line is a
    /// thematic break until it is filled in; its first underscore stays, so that it never begins with
    /// a comment, which would be a block of its own.
    private func blankBelow(_ position: Int, of block: Int) -> Range<Int>? {
        let lines = document.lines(of: block)
        let underscore = UInt8(ascii: "_")
        if position + 1 < lines.count {
            let next = lines[lines.startIndex + position + 1].range
            guard document.source[next].first == underscore else { return nil }
            let inner = next.lowerBound + 1..<next.upperBound
            return FilledBlank(inner, in: document.source) == nil ? nil : inner
        }
        guard let next = document.blocks[block].nextSibling,
            case .thematicBreak = document.blocks[next].kind
        else { return nil }
        let range = document.blocks[next].range
        guard document.source[range].allSatisfy({ $0 == underscore }) else { return nil }
        return range.lowerBound + 1..<range.upperBound
    }

    /// The lines of a paragraph that have a label.
    func formLines(of block: Int) -> [FormLine] {
        guard case .paragraph = document.blocks[block].kind,
            document.traits(of: block).contains(.label)
        else { return [] }
        let item = document.blocks[block].parent.flatMap { parent -> Int? in
            guard case .item = document.blocks[parent].kind,
                document.blocks[parent].firstChild == block
            else { return nil }
            return parent
        }
        var result: [FormLine] = []
        let lines = document.lines(of: block)
        var isBlankOfLast = false
        for (position, line) in lines.enumerated() {
            if isBlankOfLast {
                isBlankOfLast = false
                continue
            }
            let task = position == 0 ? item.flatMap { taskOfBlock[$0] } : nil
            var start = line.range.lowerBound
            if let task, line.range.contains(tasks[task].lastBox) {
                start = min(tasks[task].lastBox + 2, line.range.upperBound)
            }
            let range = start..<line.range.upperBound
            guard line.traits.contains(.label), mayHoldLabel(range) else { continue }
            var blanks = blankRuns(in: range)
            // A colon inside a comment is none of the label's.
            let shown = start..<(Self.comment(in: document.source[range]) ?? range.upperBound)
            let colon =
                document.source[shown].firstIndex(of: UInt8(ascii: ":"))
                ?? Self.offset(of: "：", in: document.source[shown]).map { start + $0 }
            let limit = min(colon ?? range.upperBound, blanks.first?.lowerBound ?? range.upperBound)
            guard limit < range.upperBound else { continue }
            let label = plain(start..<limit)
            guard !label.isEmpty, label.count <= 100 else { continue }
            let raw = document.text(range).trimmed
            let rest = plain(limit..<range.upperBound)
            if blanks.isEmpty, [":", "："].contains(rest),
                let below = blankBelow(position, of: block)
            {
                blanks = [below]
                isBlankOfLast = true
            }
            result.append(
                FormLine(
                    block: block,
                    number: line.number,
                    range: range,
                    label: label,
                    isBold: raw.hasPrefix("**"),
                    blanks: blanks,
                    value: (rest.first == ":" || rest.first == "："
                        ? String(rest.dropFirst()) : rest).trimmed,
                    task: task,
                    isListed: item != nil
                )
            )
        }
        return result
    }
}
