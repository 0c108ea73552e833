// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A quantity found at one place of a text, and where it ends.
package struct QuantityScan {
    /// What was read.
    package private(set) var quantity: Quantity
    /// The index after the last scalar that belongs to it.
    package private(set) var end: Int
    /// Whether a unit was written, rather than the number alone.
    package private(set) var hasUnit: Bool

    private let scalars: [Unicode.Scalar]

    /// Reads the quantity that starts at `start`, or gives `nil` where no number stands.
    ///
    /// With `nouns`, words that are no unit are the name of what is counted, all of them.
    ///
    /// - Throws: ``MetricError``, code `overflow`, for a number of more than 38 digits, `syntax`
    ///   for a rate of what is no time.
    package init?(
        _ scalars: [Unicode.Scalar],
        at start: Int,
        nouns: Bool = false
    ) throws(MetricError) {
        self.scalars = scalars
        var index = start
        var sign = ""
        if scalars[safe: index] == "-" || scalars[safe: index] == "−" {
            sign = "-"
            index += 1
        }
        let currency = scalars[safe: index].flatMap { mark in
            Self.isDigit(mark) ? nil : Unit.currencies.first { $0.symbol == String(mark) }
        }
        if currency != nil { index += 1 }
        guard let (text, afterDigits) = Self.digits(scalars, at: index) else { return nil }
        let number = try ExactDecimal(sign + text)
        let (factor, afterNumber) = Self.thousands(scalars, at: afterDigits)
        let magnitude = try number.multiplied(by: factor)
        quantity = Quantity(magnitude, currency ?? .number)
        end = afterNumber
        hasUnit = currency != nil
        guard currency == nil else { return }
        try readUnit(nouns: nouns)
    }

    private mutating func readUnit(nouns: Bool) throws(MetricError) {
        let next = skippingSpace(end)
        if readRate(at: next) { return }
        switch scalars[safe: next] {
        case "%", "％": return take(.percent, next + 1)
        case "‰": return take(.permille, next + 1)
        case "/":
            if next == end, let (whole, after) = Self.digits(scalars, at: next + 1) {
                take(try .points(outOf: ExactDecimal(whole)), after)
            }
            return
        default: break
        }
        guard let word = Self.word(scalars, at: next) else { return }
        let after = next + word.unicodeScalars.count
        if let unit = Unit(word: word) ?? (word == "count" ? .count : nil) {
            take(unit, after)
        } else if word == "per", Self.word(scalars, at: skippingSpace(after)) == "cent" {
            take(.percent, skippingSpace(after) + 4)
        } else if let (unit, length) = cjkUnit(word) {
            take(unit, next + length)
        } else if nouns {
            try readNoun(from: next)
        }
        // "5 errors/min" is a rate of errors.
        if quantity.unit.dimension == .count || quantity.unit == .number { _ = readRate(at: end) }
    }

    // "10/min", "10 per hour", "5 errors/min"; the place is left alone when no time follows.
    private mutating func readRate(at place: Int) -> Bool {
        var index = place
        if scalars[safe: index] == "/" {
            index = skippingSpace(index + 1)
        } else if let word = Self.word(scalars, at: skippingSpace(index)),
            ["per", "pro", "por", "par"].contains(word)
        {
            index = skippingSpace(skippingSpace(index) + word.unicodeScalars.count)
        } else {
            return false
        }
        guard let word = Self.word(scalars, at: index), let rate = Unit(word: word)?.rate else {
            return false
        }
        take(rate, index + word.unicodeScalars.count)
        return true
    }

    // Chinese and Japanese write no space after a unit: "5分継続".
    private func cjkUnit(_ word: String) -> (Unit, Int)? {
        guard let first = word.unicodeScalars.first, first.value >= 0x3000 else { return nil }
        for length in (1...4).reversed() {
            let head = String(String.UnicodeScalarView(word.unicodeScalars.prefix(length)))
            if let unit = Unit(word: head) { return (unit, head.unicodeScalars.count) }
        }
        return nil
    }

    private mutating func readNoun(from start: Int) throws(MetricError) {
        var index = start
        var words: [String] = []
        while let word = Self.word(scalars, at: index), word != "per" {
            words.append(word)
            end = index + word.unicodeScalars.count
            index = skippingSpace(end)
        }
        guard !words.isEmpty else { return }
        let noun = words.joined(separator: " ")
        quantity = Quantity(
            quantity.magnitude,
            try Unit(symbol: noun == "number" ? "count" : noun)
        )
        hasUnit = true
    }

    private mutating func take(_ unit: Unit, _ after: Int) {
        quantity = Quantity(quantity.magnitude, unit)
        end = after
        hasUnit = true
    }

    private func skippingSpace(_ index: Int) -> Int {
        var index = index
        while let scalar = scalars[safe: index], scalar == " " || scalar == "\u{A0}" { index += 1 }
        return index
    }

    /// The word of letters that starts at `start`; a hyphen or digit may follow a letter,
    /// except in Chinese and Japanese, which write no space before a number.
    package static func word(_ scalars: [Unicode.Scalar], at start: Int) -> String? {
        guard let end = endOfWord(scalars, at: start) else { return nil }
        return text(scalars[start..<end])
    }

    /// Where the word that starts at `start` ends, or `nil` where none starts.
    package static func endOfWord(_ scalars: [Unicode.Scalar], at start: Int) -> Int? {
        var index = start
        while let scalar = scalars[safe: index],
            isAlphabetic(scalar) || scalar == "×"
                || (index > start && scalars[index - 1].value < 0x3000
                    && (scalar == "-" || isDigit(scalar)))
        {
            index += 1
        }
        while index > start, scalars[index - 1] == "-" { index -= 1 }
        return index > start ? index : nil
    }

    /// The scalars as a text.
    package static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        guard scalars.allSatisfy(\.isASCII) else {
            return String(String.UnicodeScalarView(scalars))
        }
        return String(decoding: scalars.map { UInt8($0.value) }, as: UTF8.self)
    }

    /// Tells whether the scalar is alphabetic, which needs no table for ASCII.
    private static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? (0x61...0x7A).contains(scalar.value | 0x20) : scalar.properties.isAlphabetic
    }

    /// Tells whether the scalar is one of `0` to `9`.
    package static func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return scalar >= "0" && scalar <= "9"
    }

    // A comma before exactly three digits groups thousands; any other single one is a point.
    private static func digits(_ scalars: [Unicode.Scalar], at start: Int) -> (String, Int)? {
        func run(_ from: Int) -> Int {
            var index = from
            while isDigit(scalars[safe: index]) { index += 1 }
            return index
        }
        var index = run(start)
        var text = scalars[start..<index]
        var isGrouped = false
        if index > start {
            let isZero = scalars[start] == "0"
            while !isZero, scalars[safe: index] == ",", run(index + 1) == index + 4 {
                text += scalars[(index + 1)..<(index + 4)]
                index += 4
                isGrouped = true
            }
        }
        let mark = scalars[safe: index]
        if mark == "." || (mark == "," && !isGrouped), isDigit(scalars[safe: index + 1]) {
            let after = run(index + 1)
            text += ["."] + scalars[(index + 1)..<after]
            index = after
        }
        guard index > start else { return nil }
        return (Self.text(text), index)
    }

    private static func thousands(
        _ scalars: [Unicode.Scalar],
        at index: Int
    ) -> (ExactDecimal, Int) {
        let follows = scalars[safe: index + 1]
        guard follows.map({ !isAlphabetic($0) && !isDigit($0) }) ?? true else {
            return (1, index)
        }
        return switch scalars[safe: index] {
        case "K", "k": (1000, index + 1)
        case "M": (1_000_000, index + 1)
        case "万": (10_000, index + 1)
        default: (1, index)
        }
    }
}

extension Array {
    /// The element at `index`, or `nil` outside.
    @inlinable package subscript(safe index: Int) -> Element? {
        index >= startIndex && index < endIndex ? self[index] : nil
    }
}
