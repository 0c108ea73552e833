// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Reads inline content after the strategy in the appendix of the CommonMark specification: one
/// pass makes tokens, runs of `*` and `_` are paired on a stack, and so are brackets.
struct InlineReader {
    struct Token {
        enum Form { case text, literal, code, html, space, run, bracket, close }

        var form: Form
        /// Its bytes in the buffer; what is left of a run, which may be used from either end.
        var range: Range<Int>
        /// Text that is not in the buffer: an entity.
        var literal = ""
    }

    struct Run {
        var token: Int
        var mark: UInt8
        var length: Int
        var canOpen: Bool
        var canClose: Bool
        var previous: Int?
        var next: Int?
    }

    struct Bracket {
        var token: Int
        var isImage: Bool
        /// The innermost run before the bracket.
        var lastRun: Int?
        /// Where its text begins in the buffer.
        var textStart: Int
        var hasBracketAfter = false
    }

    struct OpenSpan {
        var kind: MarkdownSpan.Kind
        var range: Range<Int>
        /// The tokens just outside of its text.
        var first: Int
        var last: Int
    }

    let buffer: InlineBuffer
    let bytes: [UInt8]
    let definitions: [String: MarkdownDefinition]
    var tokens: [Token] = []
    var runs: [Run] = []
    var lastRun: Int?
    var brackets: [Bracket] = []
    /// Brackets of links below this count stand around a link and can be none themselves.
    var inactiveBrackets = 0
    var spans: [OpenSpan] = []
    var cursor = 0
    /// Where runs of backticks of each length begin, made when the first is met.
    var backticks: [Int: (starts: [Int], next: Int)]?
    /// Ends of HTML constructs that do not occur any more.
    var missingEnds: Set<String> = []

    init(
        source: [UInt8],
        ranges: [Range<Int>],
        isCell: Bool,
        definitions: [String: MarkdownDefinition]
    ) {
        buffer = InlineBuffer(source, ranges, isCell: isCell)
        bytes = buffer.bytes
        self.definitions = definitions
    }

    mutating func read() -> MarkdownInlines {
        tokens.reserveCapacity(8)
        while cursor < bytes.count { readToken() }
        pairRuns(above: nil)
        return rendered()
    }

    private mutating func readToken() {
        switch bytes[cursor] {
        case 0x0A: readLineBreak()
        case UInt8(ascii: "\\"): readEscape()
        case UInt8(ascii: "`"): readCode()
        case UInt8(ascii: "&"):
            if let entity = Entity.read(bytes[...], at: cursor) {
                tokens.append(
                    Token(form: .literal, range: cursor..<entity.end, literal: entity.text)
                )
                cursor = entity.end
            } else {
                appendText(1)
            }
        case UInt8(ascii: "<"): readAngle()
        case UInt8(ascii: "*"), UInt8(ascii: "_"): readRun()
        case UInt8(ascii: "["): openBracket(isImage: false)
        case UInt8(ascii: "!"):
            if cursor + 1 < bytes.count, bytes[cursor + 1] == UInt8(ascii: "[") {
                openBracket(isImage: true)
            } else {
                appendText(1)
            }
        case UInt8(ascii: "]"): closeBracket()
        default:
            let start = cursor
            while cursor < bytes.count, !Self.isSpecial(bytes[cursor]) { cursor += 1 }
            tokens.append(Token(form: .text, range: start..<cursor))
        }
    }

    /// Whether a byte may be markup.
    static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x0A, 0x21, 0x26, 0x2A, 0x3C, 0x5B, 0x5C, 0x5D, 0x5F, 0x60: true
        default: false
        }
    }

    mutating func appendText(_ count: Int) {
        tokens.append(Token(form: .text, range: cursor..<cursor + count))
        cursor += count
    }

    private mutating func readLineBreak() {
        if let last = tokens.indices.last, tokens[last].form == .text {
            var end = tokens[last].range.upperBound
            while end > tokens[last].range.lowerBound, BlockReader.isSpaceOrTab(bytes[end - 1]) {
                end -= 1
            }
            tokens[last].range = tokens[last].range.lowerBound..<end
        }
        appendLineBreak()
    }

    private mutating func appendLineBreak() {
        tokens.append(Token(form: .space, range: cursor..<cursor + 1))
        cursor += 1
        cursor = LinkScanner.skipBlanks(in: bytes, at: cursor)
    }

    private mutating func readEscape() {
        guard cursor + 1 < bytes.count else { return appendText(1) }
        let next = bytes[cursor + 1]
        if LinkScanner.isPunctuation(next) {
            cursor += 1
            tokens.append(
                Token(form: .literal, range: cursor - 1..<cursor + 1, literal: ascii(next))
            )
            cursor += 1
        } else if next == 0x0A {
            cursor += 1
            appendLineBreak()
        } else {
            appendText(1)
        }
    }

    private func ascii(_ byte: UInt8) -> String { String(Unicode.Scalar(byte)) }

    private mutating func readCode() {
        let start = cursor
        while cursor < bytes.count, bytes[cursor] == UInt8(ascii: "`") { cursor += 1 }
        let length = cursor - start
        guard let close = nextBackticks(length, after: cursor) else {
            tokens.append(Token(form: .text, range: start..<cursor))
            return
        }
        var content = bytes[cursor..<close].map { $0 == 0x0A ? 0x20 : $0 }
        if content.count > 1, content.first == 0x20, content.last == 0x20,
            content.contains(where: { $0 != 0x20 })
        {
            content.removeFirst()
            content.removeLast()
        }
        let token = tokens.count
        let range = start..<close + length
        tokens.append(
            Token(form: .code, range: range, literal: String(decoding: content, as: UTF8.self))
        )
        spans.append(OpenSpan(kind: .code, range: range, first: token - 1, last: token + 1))
        cursor = range.upperBound
    }

    private mutating func nextBackticks(_ length: Int, after position: Int) -> Int? {
        if backticks == nil {
            var found: [Int: (starts: [Int], next: Int)] = [:]
            var start = position
            while start < bytes.count {
                guard bytes[start] == UInt8(ascii: "`") else {
                    start += 1
                    continue
                }
                var end = start
                while end < bytes.count, bytes[end] == UInt8(ascii: "`") { end += 1 }
                found[end - start, default: ([], 0)].starts.append(start)
                start = end
            }
            backticks = found
        }
        guard var list = backticks?[length] else { return nil }
        backticks?[length] = nil
        while list.next < list.starts.count, list.starts[list.next] < position { list.next += 1 }
        let result = list.next < list.starts.count ? list.starts[list.next] : nil
        backticks?[length] = list
        return result
    }

    // MARK: Result

    private func rendered() -> MarkdownInlines {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var starts: [Int] = []
        starts.reserveCapacity(tokens.count + 1)
        for token in tokens {
            starts.append(text.count)
            switch token.form {
            case .text, .run, .bracket, .html: text.append(contentsOf: bytes[token.range])
            case .literal, .code: text.append(contentsOf: token.literal.utf8)
            case .space: text.append(0x20)
            case .close: break
            }
        }
        starts.append(text.count)
        let result = spans.map { span in
            MarkdownSpan(
                kind: span.kind,
                range: buffer.sourceRange(span.range),
                textRange: starts[span.first + 1]..<starts[span.last]
            )
        }
        // U+FFFD for what is not UTF-8 may move offsets; such text has no spans worth naming.
        let string = String(decoding: text, as: UTF8.self)
        return MarkdownInlines(text: string, spans: string.utf8.count == text.count ? result : [])
    }
}
