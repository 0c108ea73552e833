// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension BlockReader {
    /// Opens an HTML block on one of the seven start conditions of CommonMark 0.29, section 4.6.
    mutating func openHTML(in container: OpenBlock) -> Bool {
        guard byte(nonspace) == UInt8(ascii: "<") else { return false }
        var condition = htmlCondition()
        if condition == nil, container.form != .paragraph, isWholeTag() { condition = 7 }
        guard let condition else { return false }
        addBlock(condition == 2 ? .comment : .html, form: .html, at: nonspace)
        open[open.count - 1].detail = condition
        return true
    }

    private mutating func htmlCondition() -> UInt8? {
        let start = nonspace + 1
        switch byte(start) {
        case UInt8(ascii: "!"):
            if byte(start + 1) == 0x2D, byte(start + 2) == 0x2D { return 2 }
            if (0x41...0x5A).contains(byte(start + 1)) { return 4 }
            return matches("[cdata[", at: start + 1) ? 5 : nil
        case UInt8(ascii: "?"):
            return 3
        default:
            let nameStart = byte(start) == UInt8(ascii: "/") ? start + 1 : start
            var cursor = nameStart
            var name: [UInt8] = []
            while cursor < end, name.count < 12, Self.isNameByte(source[cursor]) {
                name.append(source[cursor] | 0x20)
                cursor += 1
            }
            let after = byte(cursor)
            let word = String(decoding: name, as: UTF8.self)
            let isEnded = cursor >= end || Self.isSpace(after) || after == UInt8(ascii: ">")
            if nameStart == start, isEnded, Self.rawTags.contains(word) { return 1 }
            let isClosed = after == UInt8(ascii: "/") && byte(cursor + 1) == UInt8(ascii: ">")
            return isEnded || isClosed ? (Self.blockTags.contains(word) ? 6 : nil) : nil
        }
    }

    /// Whether the line is one complete open or closing tag.
    private mutating func isWholeTag() -> Bool {
        let start = nonspace
        steps += end - start
        guard let after = HTMLTag.end(in: source, from: start, to: end) else { return false }
        var cursor = after
        while cursor < end, Self.isSpace(source[cursor]) { cursor += 1 }
        return cursor >= end
    }

    /// Whether the line ends an HTML block of a condition from 1 to 5.
    mutating func htmlEnds(condition: UInt8) -> Bool {
        let ends: [String] =
            switch condition {
            case 1: ["</script>", "</pre>", "</style>"]
            case 2: ["-->"]
            case 3: ["?>"]
            case 4: [">"]
            case 5: ["]]>"]
            default: []
            }
        guard let first = ends.first?.utf8.first else { return false }
        steps += end - offset
        for position in offset..<max(offset, end) where source[position] == first {
            if ends.contains(where: { matches($0, at: position) }) { return true }
        }
        return false
    }

    /// Whether a lowercase ASCII word stands at a position, in any case.
    private func matches(_ word: String, at start: Int) -> Bool {
        var cursor = start
        for expected in word.utf8 {
            guard cursor < end else { return false }
            let found = source[cursor]
            let lowered = (0x41...0x5A).contains(found) ? found | 0x20 : found
            guard lowered == expected else { return false }
            cursor += 1
        }
        return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    private static let rawTags: Set<String> = ["script", "pre", "style"]

    private static let blockTags = Set(
        """
        address article aside base basefont blockquote body caption center col colgroup dd details \
        dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 \
        h6 head header hr html iframe legend li link main menu menuitem nav noframes ol optgroup \
        option p param section source summary table tbody td tfoot th thead title tr track ul
        """.split(separator: " ").map(String.init)
    )
}

/// Open and closing tags, as CommonMark 0.29 defines them in section 6.8.
enum HTMLTag {
    /// The offset after a complete tag that begins at `start` with `<`.
    static func end(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        var cursor = start + 1
        func byte() -> UInt8 { cursor < end ? bytes[cursor] : 0 }
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        func skipSpace() -> Bool {
            let before = cursor
            while cursor < end, BlockReader.isSpace(bytes[cursor]) { cursor += 1 }
            return cursor > before
        }
        func skipName() -> Bool {
            guard isLetter(byte()) else { return false }
            while isLetter(byte()) || isDigit(byte()) || byte() == 0x2D { cursor += 1 }
            return true
        }
        if byte() == UInt8(ascii: "/") {
            cursor += 1
            guard skipName() else { return nil }
            _ = skipSpace()
            return byte() == UInt8(ascii: ">") ? cursor + 1 : nil
        }
        guard skipName() else { return nil }
        while true {
            let hasSpace = skipSpace()
            if byte() == UInt8(ascii: ">") { return cursor + 1 }
            if byte() == UInt8(ascii: "/") {
                cursor += 1
                return byte() == UInt8(ascii: ">") ? cursor + 1 : nil
            }
            guard hasSpace, isLetter(byte()) || byte() == 0x5F || byte() == 0x3A else { return nil }
            while isLetter(byte()) || isDigit(byte()) || [0x5F, 0x3A, 0x2E, 0x2D].contains(byte()) {
                cursor += 1
            }
            let afterName = cursor
            _ = skipSpace()
            guard byte() == UInt8(ascii: "=") else {
                cursor = afterName
                continue
            }
            cursor += 1
            _ = skipSpace()
            let quote = byte()
            if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                cursor += 1
                while cursor < end, bytes[cursor] != quote { cursor += 1 }
                guard cursor < end else { return nil }
                cursor += 1
            } else {
                let first = cursor
                while cursor < end, !BlockReader.isSpace(bytes[cursor]),
                    ![0x22, 0x27, 0x3C, 0x3D, 0x3E, 0x60].contains(bytes[cursor])
                {
                    cursor += 1
                }
                guard cursor > first else { return nil }
            }
        }
    }
}
