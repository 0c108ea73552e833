// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads an ``Expression`` out of text; `nil` for any other text.
///
/// The grammar is PromQL's as far as alerts use it (operators with their precedence, `by`, `on`,
/// ranges, subqueries, `offset`), with names that may have dots and numbers that may be percentages.
/// In prose, `/`, `*` and `-` need blanks around them, or every path would be a division.
struct ExpressionReader {
    /// Longer texts are no expressions that a person would write into a checklist.
    static let longest = 4096
    private static let deepest = 48

    private let bytes: [UInt8]
    private let isProse: Bool
    private var offset = 0
    private var depth = 0

    /// Reads a whole text as one expression with at least one metric.
    static func read(_ text: String, isProse: Bool) -> Expression? {
        guard text.utf8.count <= longest else { return nil }
        var reader = ExpressionReader(bytes: Array(text.utf8), isProse: isProse)
        guard let expression = reader.binary(0), reader.isAtEnd, !expression.selectors.isEmpty
        else { return nil }
        return expression
    }

    private init(bytes: [UInt8], isProse: Bool) {
        self.bytes = bytes
        self.isProse = isProse
    }

    // MARK: Operators

    private static let levels: [[Expression.Operator]] = [
        [.or], [.and, .unless], [.equal, .notEqual, .atMost, .atLeast, .less, .greater],
        [.plus, .minus], [.times, .over, .modulo], [.power],
    ]

    private mutating func binary(_ level: Int) -> Expression? {
        guard level < Self.levels.count else { return unary() }
        guard var left = binary(level + 1) else { return nil }
        while let sign = sign(of: level) {
            if sign.isComparison { _ = word("bool") }
            let isMatched = matching()
            guard let right = binary(sign == .power ? level : level + 1) else { return nil }
            left = .binary(sign, left, right, isMatched: isMatched)
        }
        return left
    }

    private mutating func sign(of level: Int) -> Expression.Operator? {
        let start = offset
        skipBlanks()
        for sign in Self.levels[level] {
            if sign.isSetOperation {
                if word(sign.rawValue) { return sign }
                continue
            }
            let text = Array(sign.rawValue.utf8)
            guard bytes[offset...].starts(with: text) else { continue }
            let end = offset + text.count
            let isSpaced =
                start < offset && end < bytes.count && Self.isBlank(bytes[end])
            if isProse, [.over, .times, .minus, .modulo].contains(sign), !isSpaced { continue }
            offset = end
            return sign
        }
        offset = start
        return nil
    }

    // `on (…)`, `ignoring (…)`, and `group_left (…)` after them.
    private mutating func matching() -> Bool {
        guard word("on") || word("ignoring") else { return false }
        _ = names()
        if word("group_left") || word("group_right") { _ = names() }
        return true
    }

    // MARK: Operands

    private mutating func unary() -> Expression? {
        skipBlanks()
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest, let byte = peek else { return nil }
        if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
            offset += 1
            guard let inner = unary() else { return nil }
            return byte == UInt8(ascii: "-") ? .negated(inner) : inner
        }
        guard var operand = primary(byte) else { return nil }
        guard suffixes(of: &operand) else { return nil }
        return operand
    }

    private mutating func primary(_ byte: UInt8) -> Expression? {
        switch byte {
        case UInt8(ascii: "("):
            offset += 1
            guard let inner = binary(0), take(UInt8(ascii: ")")) else { return nil }
            return inner
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return text(byte)
        case UInt8(ascii: "{"):
            var selector = Expression.Selector(name: "")
            return matchers(of: &selector) ? .selector(selector) : nil
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): return number()
        default: return named()
        }
    }

    private mutating func text(_ quote: UInt8) -> Expression? {
        offset += 1
        while offset < bytes.count, bytes[offset] != quote {
            offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard offset < bytes.count else { return nil }
        offset += 1
        return .text
    }

    private mutating func number() -> Expression? {
        let start = offset
        while let byte = peek,
            Self.isDigit(byte) || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
        { offset += 1 }
        // A number that cannot be held exactly is no expression that two places could be compared by.
        guard let value = try? ExactDecimal(String(decoding: bytes[start..<offset], as: UTF8.self))
        else { return nil }
        guard peek == UInt8(ascii: "%") else { return .number(value) }
        offset += 1
        return (try? value.divided(by: 100)).map { .number($0) }
    }

    private mutating func named() -> Expression? {
        guard let name = name() else { return nil }
        if name.lowercased() == "by" || name.lowercased() == "without" { return nil }
        let before = offset
        let isAggregation = Self.aggregations.contains(name.lowercased())
        var labels: [String]? = []
        if isAggregation { labels = grouping() ?? [] }
        skipBlanks()
        guard peek == UInt8(ascii: "("), isAggregation || offset == before else {
            offset = before
            return .selector(Expression.Selector(name: name))
        }
        offset += 1
        guard let arguments = arguments() else { return nil }
        guard isAggregation else { return .call(name.lowercased(), arguments) }
        let start = offset
        if let after = grouping() { labels = after } else { offset = start }
        return .aggregation(name.lowercased(), arguments, labels: labels)
    }

    private mutating func arguments() -> [Expression]? {
        if take(UInt8(ascii: ")")) { return [] }
        var arguments: [Expression] = []
        repeat {
            guard let argument = binary(0) else { return nil }
            arguments.append(argument)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: ")")) ? arguments : nil
    }

    // `by (a, b)` keeps labels. What `without` keeps is not known: `nil` inside.
    private mutating func grouping() -> [String]?? {
        if word("by") { return .some(names()) }
        if word("without") {
            _ = names()
            return .some(nil)
        }
        return nil
    }

    private static let aggregations: Set<String> = [
        "sum", "min", "max", "avg", "count", "stddev", "stdvar", "topk", "bottomk", "quantile",
        "count_values", "group",
    ]

    // MARK: What follows an operand

    private mutating func suffixes(of operand: inout Expression) -> Bool {
        while true {
            let start = offset
            skipBlanks()
            switch peek {
            case UInt8(ascii: "{"):
                guard case .selector(var selector) = operand, matchers(of: &selector) else {
                    return false
                }
                operand = .selector(selector)
            case UInt8(ascii: "["):
                guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "]")) else {
                    return false
                }
                offset = end + 1
                if case .selector(var selector) = operand {
                    selector.hasRange = true
                    operand = .selector(selector)
                }
            default:
                guard word("offset") else {
                    offset = start
                    return true
                }
                skipBlanks()
                while let byte = peek, !Self.isBlank(byte), byte != UInt8(ascii: ")") {
                    offset += 1
                }
                if case .selector(var selector) = operand {
                    selector.hasOffset = true
                    operand = .selector(selector)
                }
            }
        }
    }

    // `{label="value", other=~"…"}`
    private mutating func matchers(of selector: inout Expression.Selector) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        while !take(UInt8(ascii: "}")) {
            skipBlanks()
            guard let label = name() else { return false }
            skipBlanks()
            let signs = bytes[offset...].prefix { [0x21, 0x3D, 0x7E].contains($0) }
            guard (1...2).contains(signs.count) else { return false }
            offset += signs.count
            skipBlanks()
            guard let quote = peek, [0x22, 0x27, 0x60].contains(quote), text(quote) != nil else {
                return false
            }
            selector.labels.append(label)
            _ = take(UInt8(ascii: ","))
        }
        return true
    }

    // MARK: Words

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private var isAtEnd: Bool { bytes[offset...].allSatisfy(Self.isBlank) }

    private mutating func skipBlanks() {
        while let byte = peek, Self.isBlank(byte) { offset += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard peek == byte else { return false }
        offset += 1
        return true
    }

    private mutating func word(_ word: String) -> Bool {
        let start = offset
        skipBlanks()
        let end = offset + word.utf8.count
        let isThere =
            bytes[offset...].prefix(word.utf8.count).elementsEqual(word.utf8) {
                $0 | 0x20 == $1 | 0x20
            }
            && (end >= bytes.count || !Self.isName(bytes[end]))
        offset = isThere ? end : start
        return isThere
    }

    private mutating func names() -> [String] {
        guard take(UInt8(ascii: "(")) else { return [] }
        var names: [String] = []
        while !take(UInt8(ascii: ")")) {
            skipBlanks()
            guard let name = name() else { return names }
            names.append(name)
            _ = take(UInt8(ascii: ","))
        }
        return names
    }

    private mutating func name() -> String? {
        guard let first = peek, Self.isName(first), !Self.isDigit(first), first != 0x2E else {
            return nil
        }
        let start = offset
        while let byte = peek, Self.isName(byte) { offset += 1 }
        while bytes[offset - 1] == UInt8(ascii: ".") { offset -= 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isName(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x5F || byte == 0x3A || byte == 0x2E
    }
}
