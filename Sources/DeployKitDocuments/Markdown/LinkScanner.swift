// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The parts of links and of link reference definitions, as CommonMark 0.29 defines them.
enum LinkScanner {
    /// The end of `[label]` at `start`, which holds 1 to 999 bytes and no bare bracket.
    static func label(in bytes: [UInt8], at start: Int) -> Int? {
        var cursor = start + 1
        while cursor < bytes.count, cursor - start <= 1000 {
            switch bytes[cursor] {
            case UInt8(ascii: "]"): return cursor + 1
            case UInt8(ascii: "["): return nil
            case UInt8(ascii: "\\")
            where cursor + 1 < bytes.count && isPunctuation(bytes[cursor + 1]):
                cursor += 2
            default: cursor += 1
            }
        }
        return nil
    }

    /// A label as it is looked up: case folded, white space collapsed.
    static func normalized(_ label: ArraySlice<UInt8>) -> String {
        String(decoding: label, as: UTF8.self)
            .split { $0 == " " || $0 == "\t" || $0.isNewline }
            .joined(separator: " ")
            .lowercased()
    }

    /// A link destination: its content and the offset after it.
    static func destination(in bytes: [UInt8], at start: Int) -> (content: Range<Int>, end: Int)? {
        var cursor = start
        if cursor < bytes.count, bytes[cursor] == UInt8(ascii: "<") {
            cursor += 1
            while cursor < bytes.count {
                switch bytes[cursor] {
                case UInt8(ascii: ">"): return (start + 1..<cursor, cursor + 1)
                case UInt8(ascii: "\\"): cursor += 2
                case UInt8(ascii: "<"), 0x0A: return nil
                default: cursor += 1
                }
            }
            return nil
        }
        var depth = 0
        scan: while cursor < bytes.count {
            switch bytes[cursor] {
            case UInt8(ascii: "\\")
            where cursor + 1 < bytes.count && isPunctuation(bytes[cursor + 1]):
                cursor += 2
            case UInt8(ascii: "("):
                depth += 1
                cursor += 1
                if depth > 32 { return nil }
            case UInt8(ascii: ")"):
                if depth == 0 { break scan }
                depth -= 1
                cursor += 1
            case 0x09...0x0D, 0x20:
                break scan
            default:
                if bytes[cursor] < 0x20 || bytes[cursor] == 0x7F { break scan }
                cursor += 1
            }
        }
        guard depth == 0, cursor < bytes.count || cursor > start else { return nil }
        return (start..<cursor, cursor)
    }

    /// The end of a title in quotes or parentheses at `start`.
    static func title(in bytes: [UInt8], at start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        let opening = bytes[start]
        let closing: UInt8
        switch opening {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): closing = opening
        case UInt8(ascii: "("): closing = UInt8(ascii: ")")
        default: return nil
        }
        var cursor = start + 1
        while cursor < bytes.count {
            if bytes[cursor] == closing { return cursor + 1 }
            if bytes[cursor] == UInt8(ascii: "\\"), cursor + 1 < bytes.count {
                cursor += 1
            } else if bytes[cursor] == opening {
                return nil
            }
            cursor += 1
        }
        return nil
    }

    /// The offset after white space with at most one line break.
    static func skipSpace(in bytes: [UInt8], at start: Int) -> Int {
        var cursor = skipBlanks(in: bytes, at: start)
        if cursor < bytes.count, bytes[cursor] == 0x0A {
            cursor = skipBlanks(in: bytes, at: cursor + 1)
        }
        return cursor
    }

    /// The offset after spaces and tabs.
    static func skipBlanks(in bytes: [UInt8], at start: Int) -> Int {
        var cursor = start
        while cursor < bytes.count, BlockReader.isSpaceOrTab(bytes[cursor]) { cursor += 1 }
        return cursor
    }

    /// Whether a byte is ASCII punctuation, which a backslash escapes.
    static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Text with entities, and backslash escapes if wanted, resolved.
    static func unescaped(_ bytes: ArraySlice<UInt8>, escapes: Bool = true) -> String {
        guard bytes.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "&") }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        var cursor = bytes.startIndex
        while cursor < bytes.endIndex {
            let byte = bytes[cursor]
            if escapes, byte == UInt8(ascii: "\\"), cursor + 1 < bytes.endIndex,
                isPunctuation(bytes[cursor + 1])
            {
                result.append(bytes[cursor + 1])
                cursor += 2
            } else if byte == UInt8(ascii: "&"), let entity = Entity.read(bytes, at: cursor) {
                result.append(contentsOf: entity.text.utf8)
                cursor = entity.end
            } else {
                result.append(byte)
                cursor += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension BlockReader {
    /// Takes the link reference definitions off the start of a paragraph.
    mutating func resolveDefinitions(_ index: Int) {
        let lines = blocks[index].lines
        guard let first = lines.first, byteAtStart(of: first) == UInt8(ascii: "[") else { return }
        let buffer = InlineBuffer(source, content[lines].map(\.range))
        let bytes = buffer.bytes
        steps += bytes.count
        var cursor = 0
        var used = 0
        while cursor < bytes.count, bytes[cursor] == UInt8(ascii: "["),
            let found = definition(in: bytes, at: cursor)
        {
            if definitions[found.label] == nil {
                definitions[found.label] = MarkdownDefinition(
                    range: buffer.sourceRange(cursor..<found.end),
                    destination: LinkScanner.unescaped(bytes[found.destination])
                )
            }
            cursor = found.end
            if cursor < bytes.count { cursor += 1 }
            used = cursor
        }
        guard used > 0 else { return }
        let usedLines =
            used >= bytes.count ? lines.count : bytes[..<used].count { $0 == 0x0A }
        blocks[index].lines = lines.lowerBound + usedLines..<lines.upperBound
    }

    private func byteAtStart(of line: Int) -> UInt8? {
        let range = content[line].range
        return range.isEmpty ? nil : source[range.lowerBound]
    }

    private func definition(
        in bytes: [UInt8],
        at start: Int
    ) -> (label: String, destination: Range<Int>, end: Int)? {
        guard let labelEnd = LinkScanner.label(in: bytes, at: start), labelEnd < bytes.count,
            bytes[labelEnd] == UInt8(ascii: ":")
        else { return nil }
        let label = LinkScanner.normalized(bytes[start + 1..<labelEnd - 1])
        guard !label.isEmpty else { return nil }
        let urlStart = LinkScanner.skipSpace(in: bytes, at: labelEnd + 1)
        guard let url = LinkScanner.destination(in: bytes, at: urlStart), url.end > urlStart else {
            return nil
        }
        let beforeTitle = url.end
        let titleStart = LinkScanner.skipSpace(in: bytes, at: beforeTitle)
        if titleStart > beforeTitle, let title = LinkScanner.title(in: bytes, at: titleStart) {
            let end = LinkScanner.skipBlanks(in: bytes, at: title)
            if end >= bytes.count || bytes[end] == 0x0A { return (label, url.content, end) }
        }
        let end = LinkScanner.skipBlanks(in: bytes, at: beforeTitle)
        guard end >= bytes.count || bytes[end] == 0x0A else { return nil }
        return (label, url.content, end)
    }
}
