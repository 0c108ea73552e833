// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The parts of a threshold: number and noun, metric, role, statistic and window.
extension ThresholdReader {
    func quantity(at index: Int) -> (Quantity, Int)? {
        // An overflowing number is none that a checklist means.
        guard let scan = try? QuantityScan(scalars, at: index), scan.end > index else { return nil }
        // "10 x 5" and "95th" are no values; neither is "1.2.3".
        if let next = scalars[safe: scan.end], !scan.hasUnit {
            if next.value < 0x3000, Self.isAlphabetic(next) { return nil }
            if next == ".", QuantityScan.isDigit(scalars[safe: scan.end + 1]) { return nil }
        }
        guard !scan.hasUnit else { return (scan.quantity, scan.end) }
        let found = noun(at: skippingSpace(scan.end), for: scan.quantity)
        return (found.quantity, found.quantity == scan.quantity ? scan.end : found.end)
    }

    /// The noun after a number, up to three words.
    func noun(at index: Int, for number: Quantity) -> (quantity: Quantity, end: Int) {
        guard number.unit == .number else { return (number, index) }
        if let scalar = scalars[safe: index], ["回", "件", "人", "次", "个"].contains(scalar),
            let unit = try? Unit.count(of: String(scalar))
        {
            return (Quantity(number.magnitude, unit), index + 1)
        }
        var names: [String] = []
        var (place, end) = (index, index)
        while names.count < 3, let word = QuantityScan.word(scalars, at: place),
            word.unicodeScalars.allSatisfy({ $0.value < 0x3000 }),
            !ThresholdWords.stops.contains(word.lowercased())
        {
            names.append(word)
            end = place + word.unicodeScalars.count
            place = skippingSpace(end)
            if scalars[safe: end] != " " { break }
        }
        guard !names.isEmpty else { return (number, index) }
        // "10 failures/minute" is a rate, whatever it counts.
        let mark = skippingSpace(end)
        let word = QuantityScan.word(scalars, at: mark)
        if scalars[safe: mark] == "/" || word == "per" {
            let start = skippingSpace(mark + (word?.unicodeScalars.count ?? 1))
            if let time = QuantityScan.word(scalars, at: start), let rate = Unit(word: time)?.rate {
                return (Quantity(number.magnitude, rate), start + time.unicodeScalars.count)
            }
        }
        guard let unit = try? Unit.count(of: names.joined(separator: " ")) else {
            return (number, index)
        }
        return (Quantity(number.magnitude, unit), end)
    }

    static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? (0x61...0x7A).contains(scalar.value | 0x20) : scalar.properties.isAlphabetic
    }

    func startsNumber(_ index: Int) -> Bool {
        guard QuantityScan.isDigit(scalars[index]) else { return false }
        guard let before = scalars[safe: index - 1] else { return true }
        switch before {
        case "0"..."9", "-", ".", ",", "_", "/", "#": return false
        default: return before.value >= 0x3000 || !Self.isAlphabetic(before)
        }
    }

    func isVersion(before start: Int, _ quantity: Quantity) -> Bool {
        guard [.count, .dimensionless].contains(quantity.unit.dimension) else { return false }
        return words.filter { $0.end <= start }.suffix(2)
            .contains { ThresholdWords.versioned.contains($0.text) }
    }

    func phrase(_ bound: Bound, _ start: Int, _ end: Int) -> ThresholdPhrase {
        ThresholdPhrase(
            metric: metric(start, end),
            role: explicitRole(before: start) ?? contextRole,
            bound: bound,
            statistic: statistic ?? above.statistic,
            window: window(after: end),
            isZeroForm: false
        )
    }

    /// Whether a bare value is a bound here.
    var isExpected: Bool {
        context.column.flatMap(ThresholdWords.role(of:)) != nil || above.expectBounds
    }

    /// The role word nearest before the bound, with `distance` words between at the most.
    func explicitRole(before start: Int, within distance: Int = .max) -> ThresholdPhrase.Role? {
        let count = words.firstIndex { $0.end > start } ?? words.count
        for (between, position) in words[..<count].indices.reversed().enumerated() {
            guard between <= distance else { return nil }
            let word = words[position]
            guard word.traits.contains(.role), let role = ThresholdWords.role(ofWord: word.text)
            else { continue }
            let next = scalars[safe: skippingSpace(word.end)]
            let follower = words.first { $0.start >= word.end }?.text ?? ""
            let isDirect = skippingSpace(word.end) == start
            let hasCondition = ["if", "when", "se", "si", "wenn", "trigger", "at"].contains(
                follower
            )
            switch role {
            case .critical, .warning, .normal, .stop, .rollbackTrigger:
                if next == ":" || isDirect || hasCondition { return role }
            case .alert: if next == ":" || isDirect || hasCondition { return role }
            default: return role
            }
        }
        return nil
    }

    var contextRole: ThresholdPhrase.Role {
        let column = context.column.flatMap(ThresholdWords.role(of:))
        if let column, column != .target { return column }
        return above.role ?? .target
    }

    static func isStatistic(_ word: String) -> Bool {
        word == "average" || word == "median"
            || (word.hasPrefix("p") && Int(word.dropFirst()) != nil)
    }

    /// The statistic that the line names.
    var statistic: String? {
        for word in words {
            guard Self.statisticWords.begin(word.text) else { continue }
            if word.text.hasPrefix("p"), let number = Int(word.text.dropFirst()),
                (1...999).contains(number)
            {
                return word.text
            }
            switch word.text {
            case "average", "avg", "mean", "média", "promedio", "moyenne", "durchschnitt":
                return "average"
            case "median", "mediana", "médiane": return "median"
            case "th" where followsPercentile(word), "percentile": return percentile(before: word)
            default: continue
            }
        }
        return nil
    }

    static let statisticWords: PhraseList = [
        "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "percentile", "average", "avg",
        "mean", "média", "promedio", "moyenne", "durchschnitt", "median",
        "médiane", "th",
    ]

    func followsPercentile(_ word: Word) -> Bool {
        words.contains { $0.start > word.start && $0.text == "percentile" }
    }

    func percentile(before word: Word) -> String? {
        var index = word.start
        while index > 0, QuantityScan.isDigit(scalars[index - 1]) { index -= 1 }
        let digits = String(String.UnicodeScalarView(scalars[index..<word.start]))
        return digits.isEmpty ? nil : "p\(digits)"
    }

    func window(after end: Int) -> String? {
        guard let opener = words.first(where: { $0.start >= end }),
            ThresholdWords.windows.contains(opener.text),
            scalars[end..<opener.start].allSatisfy({ $0 == " " || $0 == "(" })
                || opener.text != "first"
        else { return nil }
        let rest = scalars[opener.start...].prefix { ![")", ",", ";", "."].contains($0) }
        let hasTime =
            rest.contains { QuantityScan.isDigit($0) }
            || words.contains {
                $0.start >= opener.start && Unit(word: $0.text)?.dimension == .duration
            }
        return hasTime ? String(String.UnicodeScalarView(rest)) : nil
    }

    func metric(_ start: Int, _ end: Int) -> String? {
        let before = Self.cleaned(QuantityScan.text(scalars[..<start]))
        if !before.isEmpty { return before }
        let heading = above.metric
        // "Target: >95% of all mail" is about what the heading names.
        if let heading, explicitRole(before: start) != nil { return heading }
        let rest = scalars[min(end, scalars.count)...]
        let after = Self.cleaned(QuantityScan.text(rest))
        return !after.isEmpty && window(after: end) == nil ? after : heading
    }

    func skippingSpace(_ index: Int) -> Int {
        var index = index
        while let scalar = scalars[safe: index], scalar == " " || scalar == "\u{A0}" { index += 1 }
        return index
    }
}
