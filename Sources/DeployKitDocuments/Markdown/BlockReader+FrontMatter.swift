// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension BlockReader {
    /// Reads front matter: a `---` line at the very start, a `key: value` line or comment right
    /// below it, and a `---` or `...` line further down.
    ///
    /// A page may as well begin with a thematic break and have another one later; what stands
    /// between those is content, and does not begin with a key.
    ///
    /// - Returns: The start of the line after it, or `nil` (and nothing read) without it.
    mutating func readFrontMatter(from start: Int) -> Int? {
        guard start < source.count, isRule(lineRange(from: start), mark: UInt8(ascii: "-")) else {
            return nil
        }
        var cursor = nextLine(after: lineRange(from: start).upperBound)
        var hasKey = false
        var close: Int?
        while cursor < source.count, close == nil {
            let line = lineRange(from: cursor)
            steps += line.count + 1
            if isRule(line, mark: UInt8(ascii: "-")) || isRule(line, mark: UInt8(ascii: ".")) {
                close = cursor
            } else if !hasKey, !line.isEmpty, source[line.lowerBound] == UInt8(ascii: "#") {
                // A comment, or a heading: the first key or blank line tells.
            } else if !hasKey {
                guard isKey(line) else { return nil }
                hasKey = true
            }
            cursor = nextLine(after: line.upperBound)
        }
        guard hasKey, let close else { return nil }
        var next = 0
        while next <= close { next = beginLine(at: next) }
        frontMatter = start..<end
        let index = addBlock(.frontMatter, form: .other, at: start)
        blocks[index].firstLine = 1
        self.close(downTo: 1)
        return next
    }

    private func lineRange(from start: Int) -> Range<Int> {
        var cursor = start
        while cursor < source.count, source[cursor] != 0x0A, source[cursor] != 0x0D { cursor += 1 }
        return start..<cursor
    }

    private func nextLine(after end: Int) -> Int {
        guard end < source.count else { return end }
        let isPair = source[end] == 0x0D && end + 1 < source.count && source[end + 1] == 0x0A
        return end + (isPair ? 2 : 1)
    }

    private func isRule(_ line: Range<Int>, mark: UInt8) -> Bool {
        line.count >= 3 && source[line].prefix(3).allSatisfy { $0 == mark }
            && source[line].dropFirst(3).allSatisfy(Self.isSpaceOrTab)
    }

    private func isKey(_ line: Range<Int>) -> Bool {
        guard let first = source[line].first, first != 0x20, first != 0x2D,
            let colon = source[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound,
            colon + 1 == line.upperBound || Self.isSpaceOrTab(source[colon + 1])
        else { return false }
        return source[line.lowerBound..<colon].allSatisfy {
            $0 >= 0x80 || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
                || [0x20, 0x22, 0x27, 0x2D, 0x2E, 0x5F].contains($0)
        }
    }
}
