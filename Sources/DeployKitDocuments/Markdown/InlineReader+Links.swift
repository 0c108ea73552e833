// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension InlineReader {
    mutating func openBracket(isImage: Bool) {
        if let last = brackets.indices.last { brackets[last].hasBracketAfter = true }
        let length = isImage ? 2 : 1
        brackets.append(
            Bracket(
                token: tokens.count,
                isImage: isImage,
                lastRun: lastRun,
                textStart: cursor + length
            )
        )
        tokens.append(Token(form: .bracket, range: cursor..<cursor + length))
        cursor += length
    }

    mutating func closeBracket() {
        let close = cursor
        guard let opener = brackets.last else { return appendText(1) }
        if !opener.isImage, brackets.count <= inactiveBrackets {
            brackets.removeLast()
            inactiveBrackets = min(inactiveBrackets, brackets.count)
            return appendText(1)
        }
        brackets.removeLast()
        inactiveBrackets = min(inactiveBrackets, brackets.count)
        guard let target = target(after: close + 1, opener: opener, close: close) else {
            return appendText(1)
        }
        let start = tokens[opener.token].range.lowerBound
        tokens[opener.token].form = .close
        let last = tokens.count
        tokens.append(Token(form: .close, range: close..<target.end))
        pairRuns(above: opener.lastRun)
        spans.append(
            OpenSpan(
                kind: opener.isImage
                    ? .image(destination: target.destination)
                    : .link(destination: target.destination),
                range: start..<target.end,
                first: opener.token,
                last: last
            )
        )
        // A link holds no other link, so no bracket further out can become one.
        if !opener.isImage { inactiveBrackets = brackets.count }
        cursor = target.end
    }

    private func target(
        after start: Int,
        opener: Bracket,
        close: Int
    ) -> (destination: String, end: Int)? {
        if start < bytes.count, bytes[start] == UInt8(ascii: "("),
            let inline = inlineTarget(at: start)
        {
            return inline
        }
        guard !definitions.isEmpty else { return nil }
        var label = opener.textStart..<close
        var end = start
        var hasLabel = false
        if start < bytes.count, bytes[start] == UInt8(ascii: "["),
            let labelEnd = LinkScanner.label(in: bytes, at: start)
        {
            end = labelEnd
            if labelEnd - start > 2 {
                label = start + 1..<labelEnd - 1
                hasLabel = true
            }
        }
        guard hasLabel || !opener.hasBracketAfter, label.count <= 1000,
            let found = definitions[LinkScanner.normalized(bytes[label])]
        else { return nil }
        return (found.destination, end)
    }

    /// `(destination "title")`.
    private func inlineTarget(at start: Int) -> (destination: String, end: Int)? {
        let first = skipSpace(start + 1)
        var content = first..<first
        var after = first
        if first < bytes.count, bytes[first] != UInt8(ascii: ")") {
            guard let url = LinkScanner.destination(in: bytes, at: first) else { return nil }
            content = url.content
            after = url.end
        }
        var end = skipSpace(after)
        if end > after, let title = LinkScanner.title(in: bytes, at: end) { end = skipSpace(title) }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ")") else { return nil }
        return (LinkScanner.unescaped(bytes[content]), end + 1)
    }

    private func skipSpace(_ start: Int) -> Int {
        var position = start
        while position < bytes.count, BlockReader.isSpace(bytes[position]) { position += 1 }
        return position
    }

    // MARK: Angle brackets

    mutating func readAngle() {
        if let autolink { return appendAutolink(autolink) }
        guard let end = htmlEnd() else { return appendText(1) }
        let token = tokens.count
        tokens.append(Token(form: .html, range: cursor..<end))
        spans.append(OpenSpan(kind: .html, range: cursor..<end, first: token - 1, last: token + 1))
        cursor = end
    }

    private mutating func appendAutolink(_ link: (content: Range<Int>, isMail: Bool)) {
        let end = link.content.upperBound + 1
        let text = LinkScanner.unescaped(bytes[link.content], escapes: false)
        let token = tokens.count
        tokens.append(Token(form: .literal, range: cursor..<end, literal: text))
        spans.append(
            OpenSpan(
                kind: .link(destination: link.isMail ? "mailto:" + text : text),
                range: cursor..<end,
                first: token - 1,
                last: token + 1
            )
        )
        cursor = end
    }

    /// `<scheme:...>` or `<name@host>` at the cursor.
    private var autolink: (content: Range<Int>, isMail: Bool)? {
        var end = cursor + 1
        while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "<"),
            bytes[end] != UInt8(ascii: ">")
        {
            end += 1
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ">"), end > cursor + 2 else {
            return nil
        }
        let content = bytes[cursor + 1..<end]
        func isWordByte(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
        }
        if let colon = content.firstIndex(of: UInt8(ascii: ":")),
            (2...32).contains(colon - content.startIndex),
            (0x61...0x7A).contains(bytes[content.startIndex] | 0x20),
            content[..<colon].allSatisfy({ isWordByte($0) || [0x2B, 0x2D, 0x2E].contains($0) })
        {
            return (cursor + 1..<end, false)
        }
        let parts = content.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty,
            parts[0].allSatisfy({ isWordByte($0) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains($0) }),
            parts[1].split(separator: 0x2E, omittingEmptySubsequences: false).allSatisfy({ label in
                (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                    && label.allSatisfy { isWordByte($0) || $0 == 0x2D }
            })
        else { return nil }
        return (cursor + 1..<end, true)
    }

    /// The end of the tag, comment, instruction or declaration at the cursor.
    private mutating func htmlEnd() -> Int? {
        let next = cursor + 1 < bytes.count ? bytes[cursor + 1] : 0
        if next == UInt8(ascii: "?") { return find("?>", from: cursor + 2) }
        guard next == UInt8(ascii: "!") else {
            return HTMLTag.end(in: bytes, from: cursor, to: bytes.count)
        }
        if starts(with: "<!--") {
            let text = cursor + 4
            guard !bytes[text...].starts(with: ">".utf8), !bytes[text...].starts(with: "->".utf8),
                let dashes = find("--", from: text), dashes < bytes.count,
                bytes[dashes] == UInt8(ascii: ">")
            else { return nil }
            return dashes + 1
        }
        if starts(with: "<![CDATA[") { return find("]]>", from: cursor + 9) }
        guard cursor + 2 < bytes.count, (0x41...0x5A).contains(bytes[cursor + 2]) else {
            return nil
        }
        return find(">", from: cursor + 2)
    }

    private func starts(with word: String) -> Bool {
        bytes[cursor...].starts(with: word.utf8)
    }

    /// The offset after the next occurrence of a word.
    private mutating func find(_ word: String, from start: Int) -> Int? {
        guard !missingEnds.contains(word) else { return nil }
        let pattern = Array(word.utf8)
        var position = start
        while position + pattern.count <= bytes.count {
            if bytes[position] == pattern[0], bytes[position...].starts(with: pattern) {
                return position + pattern.count
            }
            position += 1
        }
        missingEnds.insert(word)
        return nil
    }
}
