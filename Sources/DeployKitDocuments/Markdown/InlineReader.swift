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
        /// Text that is not in the buffer: an entity or an autolink.
        var literal = ""
        /// How many bytes at either end of code are no content.
        var edge = 0
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

    private let source: [UInt8]
    let definitions: [String: MarkdownDefinition]
    var buffer = InlineBuffer()
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

    /// A reader of one block or cell of a document after the other.
    init(source: [UInt8], definitions: [String: MarkdownDefinition]) {
        self.source = source
        self.definitions = definitions
    }

    /// The bytes that are being read.
    var bytes: [UInt8] { buffer.bytes }

    /// Reads the bytes of ranges, one a line.
    mutating func read(_ ranges: some Sequence<Range<Int>>, isCell: Bool) -> MarkdownInlines {
        buffer.take(source, ranges, isCell: isCell)
        tokens.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        lastRun = nil
        brackets.removeAll(keepingCapacity: true)
        inactiveBrackets = 0
        spans.removeAll(keepingCapacity: true)
        cursor = 0
        backticks = nil
        if !missingEnds.isEmpty { missingEnds = [] }
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
            appendText(1)
        } else if next == 0x0A {
            cursor += 1
            appendLineBreak()
        } else {
            appendText(1)
        }
    }

    private mutating func readCode() {
        let start = cursor
        while cursor < bytes.count, bytes[cursor] == UInt8(ascii: "`") { cursor += 1 }
        let length = cursor - start
        guard let close = nextBackticks(length, after: cursor) else {
            tokens.append(Token(form: .text, range: start..<cursor))
            return
        }
        let content = bytes[cursor..<close]
        // One space at either end is none of the code, where it holds anything else.
        let isPadded =
            content.count > 1 && Self.isBlank(content.first) && Self.isBlank(content.last)
            && content.contains { !Self.isBlank($0) }
        let token = tokens.count
        let range = start..<close + length
        tokens.append(Token(form: .code, range: range, edge: length + (isPadded ? 1 : 0)))
        spans.append(OpenSpan(kind: .code, range: range, first: token - 1, last: token + 1))
        cursor = range.upperBound
    }

    // A line break in code is a space.
    private static func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x0A }

    /// Where the next run of as many backticks begins.
    ///
    /// A short text is searched each time, which takes less than a table of all its runs; in a long
    /// one the time would grow with the square of the length.
    private mutating func nextBackticks(_ length: Int, after position: Int) -> Int? {
        if bytes.count <= 512 { return searchBackticks(length, from: position) }
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

    private func searchBackticks(_ length: Int, from position: Int) -> Int? {
        var start = position
        while start < bytes.count {
            guard bytes[start] == UInt8(ascii: "`") else {
                start += 1
                continue
            }
            var end = start
            while end < bytes.count, bytes[end] == UInt8(ascii: "`") { end += 1 }
            if end - start == length { return start }
            start = end
        }
        return nil
    }

    // MARK: Result

    private func rendered() -> MarkdownInlines {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        // Where the text of each token begins; nobody asks where nothing is marked up.
        var starts: [Int] = []
        if !spans.isEmpty { starts.reserveCapacity(tokens.count + 1) }
        for token in tokens {
            if !spans.isEmpty { starts.append(text.count) }
            switch token.form {
            case .text, .run, .bracket, .html: text.append(contentsOf: bytes[token.range])
            case .code:
                for position in token.range.dropFirst(token.edge).dropLast(token.edge) {
                    text.append(bytes[position] == 0x0A ? 0x20 : bytes[position])
                }
            case .literal: text.append(contentsOf: token.literal.utf8)
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
