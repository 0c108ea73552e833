// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads one line of prose as a threshold: words and symbols in one pass each, no patterns.
struct ThresholdReader {
    struct Word {
        let text: String
        let start: Int
        let end: Int
        let traits: ThresholdWords.Traits

        init(_ text: String, _ range: Range<Int>, _ traits: ThresholdWords.Traits) {
            self.text = text
            start = range.lowerBound
            end = range.upperBound
            self.traits = traits
        }
    }

    let scalars: [Unicode.Scalar]
    let words: [Word]
    let context: ThresholdPhrase.Context
    /// What the headings of the context say.
    let above: HeadingWords

    /// A reader of a text in its context. Texts below the same headings share what these say.
    init(_ text: String, _ context: ThresholdPhrase.Context, below above: HeadingWords? = nil) {
        self.context = context
        self.above = above ?? HeadingWords(context.headings)
        if let (scalars, words) = Self.parts(ascii: text) {
            self.scalars = scalars
            self.words = words
            return
        }
        scalars = Array(text.unicodeScalars)
        var words: [Word] = []
        var index = 0
        while index < scalars.count {
            guard let end = QuantityScan.endOfWord(scalars, at: index) else {
                index += 1
                continue
            }
            // A word starts where no digit stands before it: the unit of "50ms" is none.
            let word = QuantityScan.text(scalars[index..<end]).lowercased()
            words.append(Word(word, index..<end, ThresholdWords.traits(of: word)))
            index = end
        }
        self.words = words
    }

    /// The same of a text of ASCII, where scalars and bytes are one; `nil` for any other.
    private static func parts(ascii text: String) -> ([Unicode.Scalar], [Word])? {
        text.withBytes { bytes in
            var all: UInt8 = 0
            for index in bytes.indices { all |= bytes[index] }
            guard all < 0x80 else { return nil }
            var words: [Word] = []
            words.reserveCapacity(bytes.count / 5 + 1)
            let edges = ThresholdWords.edges
            var index = 0
            while index < bytes.count {
                let start = index
                index += 1
                guard isLetter(bytes[start]) else { continue }
                while index < bytes.count, isInWord(bytes[index]) { index += 1 }
                var end = index
                // Hyphens at its end are no part of a word.
                while bytes[end - 1] == UInt8(ascii: "-") { end -= 1 }
                let text = String(lowercasing: bytes.extracting(start..<end))
                let traits = ThresholdWords.traits(of: bytes, start..<end, within: edges)
                words.append(Word(text, start..<end, traits))
            }
            return (bytes.indices.map { Unicode.Scalar(bytes[$0]) }, words)
        }
    }

    var reading: ThresholdPhrase.Reading? {
        let symbols = symbolBounds()
        if !symbols.isEmpty { return .thresholds(symbols) }
        if let zero = zeroForm() { return zero }
        if let phrase = wordBound() ?? postfixBound() ?? weakBound() {
            return .thresholds([phrase])
        }
        return nil
    }

    private func symbolBounds() -> [ThresholdPhrase] {
        var found: [ThresholdPhrase] = []
        var index = 0
        while index < scalars.count {
            guard let (comparison, length) = symbol(at: index) else {
                index += 1
                continue
            }
            let start = index
            index = skippingSpace(start + length)
            guard let (quantity, end) = quantity(at: index) else { continue }
            index = end
            if isVersion(before: start, quantity) { continue }
            // "tested with N = 50, 100" states a case, "difference = 0" a bound.
            let isPlain = quantity.unit == .number && quantity.magnitude != 0
            if comparison == .equal, isPlain, !isExpected, explicitRole(before: start) == nil {
                continue
            }
            // "Short term (< 1 hour)" as a heading is a span of time.
            if context.isHeading, quantity.unit.dimension == .duration { continue }
            found.append(phrase(.compare(comparison, quantity), start, end))
        }
        return found
    }

    private func symbol(at index: Int) -> (Comparison, Int)? {
        // Few scalars are one: of ASCII those from `<` to `>`.
        let value = scalars[index].value
        guard value >= 0x80 || (0x3C...0x3E).contains(value) else { return nil }
        let isPaired = scalars[safe: index + 1] == "="
        let before = scalars[safe: index - 1]
        switch scalars[index] {
        case "<", "＜": return isPaired ? (.atMost, 2) : (.less, 1)
        case ">", "＞":
            guard before != "-", before != "=", before != ">", before != "<" else { return nil }
            return isPaired ? (.atLeast, 2) : (.greater, 1)
        case "≤", "≦": return (.atMost, 1)
        case "≥", "≧": return (.atLeast, 1)
        case "=":
            guard before == " " || before == nil, isPaired || scalars[safe: index + 1] == " "
            else { return nil }
            return (.equal, isPaired ? 2 : 1)
        default: return nil
        }
    }

    private func wordBound() -> ThresholdPhrase? {
        for position in words.indices where words[position].traits.contains(.comparison) {
            for (expected, comparison) in ThresholdWords.comparisons(at: words[position].text) {
                let last = position + expected.count - 1
                guard last < words.count,
                    zip(expected, words[position...last]).allSatisfy({ expected, word in
                        // Chinese writes no space before the comparison.
                        expected == word.text
                            || (Self.isCJK(expected) && word.text.hasSuffix(expected))
                    })
                else { continue }
                let start =
                    Self.isCJK(expected[0])
                    ? words[last].end - expected[0].unicodeScalars.count : words[position].start
                if let before = scalars[safe: start - 1], QuantityScan.isDigit(before) { continue }
                var index = skippingSpace(words[last].end)
                if scalars[safe: index] == ":" { index = skippingSpace(index + 1) }
                guard let (quantity, end) = quantity(at: index) else { continue }
                guard isConvincing(quantity, start), !isVersion(before: start, quantity) else {
                    continue
                }
                return phrase(.compare(comparison, quantity), start, end)
            }
        }
        return nil
    }

    static func isCJK(_ word: String) -> Bool {
        word.unicodeScalars.allSatisfy { $0.value > 0x3000 }
    }

    // Words are weaker than symbols: a value with a unit, or a place where bounds are expected.
    private func isConvincing(_ quantity: Quantity, _ start: Int) -> Bool {
        switch quantity.unit.dimension {
        case .count, .dimensionless:
            isExpected || explicitRole(before: start) != nil
        case .duration:
            // "over 5 minutes" is a window more often than a bound.
            isExpected || explicitRole(before: start) != nil || statistic != nil
                || words.contains { word in
                    ThresholdWords.durations.begin(word.text)
                }
        default: true
        }
    }

    private func postfixBound() -> ThresholdPhrase? {
        guard scalars.contains(where: { $0 == "+" || $0.value > 0x3000 }) else { return nil }
        for index in scalars.indices {
            guard startsNumber(index), let (quantity, end) = quantity(at: index) else { continue }
            for (text, comparison) in ThresholdWords.postfixes
            where scalars[end...].starts(with: text.unicodeScalars) {
                // "within an hour" is a deadline, unless a target is given.
                let isDeadline = quantity.unit.dimension == .duration && comparison == .atMost
                if isDeadline, context.column.flatMap(ThresholdWords.role(of:)) == nil { continue }
                return phrase(
                    .compare(comparison, quantity),
                    index,
                    end + text.unicodeScalars.count
                )
            }
            guard scalars[safe: end] == "+" || scalars[safe: end] == "＋" else { continue }
            guard !QuantityScan.isDigit(scalars[safe: end + 1]),
                isExpected || explicitRole(before: index) != nil,
                !isVersion(before: index, quantity)
            else { continue }
            let noun = noun(at: skippingSpace(end + 1), for: quantity)
            return phrase(.compare(.atLeast, noun.quantity), index, max(end + 1, noun.end))
        }
        return nil
    }

    // MARK: Weak forms

    /// A bare value or a range, where a bound is expected.
    private func weakBound() -> ThresholdPhrase? {
        // "48% → 60%" is a change.
        guard !scalars.contains("→") else { return nil }
        if context.column.flatMap(ThresholdWords.role(of:)) != nil,
            ThresholdWords.anys.contains(words.first?.text ?? "")
        {
            return phrase(.compare(.greater, Quantity(.zero, .count)), 0, scalars.count)
        }
        guard mayBeWeak else { return nil }
        for index in scalars.indices where startsNumber(index) {
            guard let (quantity, end) = quantity(at: index) else { continue }
            let role = explicitRole(before: index, within: 1)
            if let range = range(from: quantity, to: end) {
                let isRate = words.contains {
                    ["rate", "error", "errors", "latency", "taxa", "tasa"].contains($0.text)
                }
                if role != nil || (isExpected && isRate) {
                    return phrase(.within(range.bound), index, range.end)
                }
                continue
            }
            if scalars[safe: end] == "-" || scalars[safe: end] == "/" { continue }
            // A bare duration under "target" is no equality: whether it is a limit is not said.
            guard quantity.unit.dimension != .duration else { continue }
            let isPart = quantity.unit.dimension == .ratio
            let isOwnColumn = context.column.flatMap(ThresholdWords.role(of:)) != nil
            guard isPart || ((role != nil || isOwnColumn) && quantity.unit != .number) else {
                continue
            }
            guard isOwnColumn || role != nil || isBare(index, end) else { continue }
            return phrase(.compare(.equal, quantity), index, end)
        }
        return nil
    }

    /// Whether a value without a comparison can be a bound at all: most cannot, and which numbers
    /// there are need not be known.
    private var mayBeWeak: Bool {
        if words.contains(where: { $0.traits.contains(.role) }) { return true }
        if context.column.flatMap(ThresholdWords.role(of:)) != nil { return true }
        guard
            scalars.contains(where: { $0 == "%" || $0 == "％" || $0 == "‰" })
                || words.contains(where: { $0.traits.contains(.part) })
        else { return false }
        return isExpected || words.contains { $0.traits.contains(.lasting) }
    }

    // "Coverage: 100%", "Coverage still 100%", "100% availability": all or nothing, and no claim.
    private func isBare(_ start: Int, _ end: Int) -> Bool {
        let isStated =
            isExpected
            || words.contains { $0.end <= start && ThresholdWords.lasting.contains($0.text) }
        guard isStated, let (quantity, _) = quantity(at: start), quantity.unit == .percent else {
            return false
        }
        let isWhole = quantity.magnitude == 100 || quantity.magnitude == 0
        let follows = scalars[safe: skippingSpace(end)]
        return isWhole && follows != "✅" && words.count <= 8
    }

    private func range(
        from lower: Quantity,
        to index: Int
    ) -> (bound: Bound.ClosedQuantities, end: Int)? {
        let dash = skippingSpace(index)
        guard let mark = scalars[safe: dash], ["-", "–", "—", "~", "〜"].contains(mark),
            let (upper, end) = quantity(at: skippingSpace(dash + 1)),
            !["-", "/"].contains(scalars[safe: end])
        else { return nil }
        let first = lower.unit == .number ? Quantity(lower.magnitude, upper.unit) : lower
        guard let bound = try? Bound.ClosedQuantities(first, upper) else { return nil }
        return (bound, end)
    }

    /// `Zero duplicate emails`, `Verify no inconsistencies`: a count of nothing; or a comparison
    /// with another time, which is left to a person.
    private func zeroForm() -> ThresholdPhrase.Reading? {
        guard
            let position = words.firstIndex(where: { $0.traits.contains(.zero) }) ?? cjkZero(),
            words[..<position].allSatisfy({
                ThresholdWords.checks.contains($0.text) || position <= 4
            })
        else { return nil }
        let after = words[position...].dropFirst().prefix(7).map(\.text)
        if after.contains(where: { ThresholdWords.relatives.contains($0) }),
            !after.contains("unusual")
        {
            return .qualitative
        }
        guard
            after.contains(where: ThresholdWords.countables.begin)
                || words[position].text.unicodeScalars.contains(where: { $0.value > 0x3000 })
        else { return nil }
        guard let noun = words[safe: position + 1] ?? words[safe: position] else { return nil }
        let metric = Self.cleaned(
            String(String.UnicodeScalarView(scalars[noun.start..<scalars.count]))
        )
        var phrase = phrase(
            .compare(.equal, Quantity(.zero, .count)),
            words[position].start,
            scalars.count
        )
        phrase.metric = metric.isEmpty ? nil : metric
        phrase.isZeroForm = true
        return .thresholds([phrase])
    }

    private func cjkZero() -> Int? {
        words.firstIndex { word in
            scalars[word.start].value > 0x3000 && ThresholdWords.easternZeros.begin(word.text)
                && word.text.unicodeScalars.count > 1
        }
    }
}
