// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads a page line by line, one family after the other.
struct OpenMetricsReader {
    private struct Family {
        var name: String
        var kind: OpenMetricsPage.Kind?
        var unit: String?
        var hasHelp = false
        var first: Int
        /// The groups of series, each of which stands together.
        var groups: Set<[OpenMetricsPage.Label]> = []
        var group: [OpenMetricsPage.Label]?
        var time: Double?

        init(_ name: String, first: Int) {
            self.name = name
            self.first = first
        }

        var suffixes: [String] {
            switch kind ?? .unknown {
            case .counter: ["_total", "_created"]
            case .summary: ["", "_count", "_sum", "_created"]
            case .histogram: ["_bucket", "_count", "_sum", "_created"]
            case .gaugehistogram: ["_bucket", "_gcount", "_gsum"]
            case .info: ["_info"]
            case .gauge, .stateset, .unknown: [""]
            }
        }
    }

    private struct SeriesKey: Hashable {
        var name: String
        var labels: [OpenMetricsPage.Label]
        var time: Double?
    }

    private let isStrict: Bool
    private(set) var samples: [OpenMetricsPage.Sample] = []
    private var family: Family?
    private var names: Set<String> = []
    private var series: Set<SeriesKey> = []
    private var isAtEnd = false
    private var line = 0

    init(_ dialect: OpenMetricsPage.Dialect) {
        isStrict = dialect == .openMetrics
    }

    mutating func read(_ bytes: ArraySlice<UInt8>, _ number: Int) throws(AnswerError) {
        line = number
        if isAtEnd { throw refusal("something follows '# EOF'") }
        if bytes.isEmpty {
            if isStrict { throw refusal("a blank line") }
            return
        }
        if bytes.first == UInt8(ascii: "#") {
            try readMetadata(String(decoding: bytes, as: UTF8.self))
        } else {
            try readSample(bytes)
        }
    }

    mutating func finish() throws(AnswerError) {
        try close()
        if isStrict, !isAtEnd {
            throw AnswerError(
                .parse,
                "the page does not end with '# EOF': it may have been cut off"
            )
        }
    }

    // MARK: Metadata

    private mutating func readMetadata(_ text: String) throws(AnswerError) {
        if isStrict, text == "# EOF" {
            isAtEnd = true
            return
        }
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            .map(String.init)
        let isKnown = parts.count >= 3 && ["HELP", "TYPE", "UNIT"].contains(parts[1])
        guard parts.count == 4 && parts[0] == "#" && isKnown else {
            // The older format has comments, and a help without text.
            if isStrict || (isKnown && parts[1] == "TYPE") {
                throw refusal("no metadata is '\(text)'")
            }
            return
        }
        let name = parts[2]
        guard OpenMetricsLine.isName(name) else { throw refusal("'\(name)' is no metric name") }
        if family?.name != name {
            try close()
            family = Family(name, first: samples.count)
        } else if samples.count > (family?.first ?? 0) {
            throw refusal("metadata of '\(name)' after its samples")
        }
        switch parts[1] {
        case "HELP":
            if family?.hasHelp == true { throw refusal("a second HELP of '\(name)'") }
            family?.hasHelp = true
        case "UNIT":
            if family?.unit != nil { throw refusal("a second UNIT of '\(name)'") }
            family?.unit = parts[3]
        default:
            if family?.kind != nil { throw refusal("a second TYPE of '\(name)'") }
            let kind = try kind(parts[3])
            family?.kind = kind
        }
    }

    private func kind(_ word: String) throws(AnswerError) -> OpenMetricsPage.Kind {
        if let kind = OpenMetricsPage.Kind(rawValue: word) { return kind }
        if !isStrict, word == "untyped" { return .unknown }
        throw refusal("'\(word)' is no type of a metric")
    }

    // MARK: Samples

    private mutating func readSample(_ bytes: ArraySlice<UInt8>) throws(AnswerError) {
        let parsed: OpenMetricsLine
        do {
            parsed = try OpenMetricsLine(bytes, isStrict: isStrict)
        } catch {
            throw refusal(error.message)
        }
        if owner(of: parsed.name) == nil {
            try close()
            family = Family(parsed.name, first: samples.count)
        }
        guard var family else { return }
        let suffix = String(parsed.name.dropFirst(family.name.count))
        let kind = family.kind ?? .unknown
        try check(parsed, family, suffix, kind)
        let group = Self.group(of: parsed, family, suffix, kind)
        if isStrict {
            if let open = family.group, open != group, family.groups.contains(group) {
                throw refusal("the series of '\(family.name)' do not stand together")
            }
            if family.group == group {
                guard (parsed.time == nil) == (family.time == nil) else {
                    throw refusal("some samples of '\(family.name)' have a time and some do not")
                }
                if let before = family.time, let time = parsed.time, before > time, kind != .info {
                    throw refusal("the times of '\(family.name)' go backwards")
                }
            }
        }
        // Without its own time a series that is given twice has two values at once.
        let key = SeriesKey(name: parsed.name, labels: parsed.labels, time: parsed.time)
        guard series.insert(key).inserted else {
            throw refusal("the series '\(parsed.name)' is given twice")
        }
        family.group = group
        family.groups.insert(group)
        family.time = parsed.time
        self.family = family
        samples.append(
            OpenMetricsPage.Sample(
                name: parsed.name,
                labels: parsed.labels,
                value: parsed.value,
                family: family.name,
                kind: kind,
                line: line,
                time: parsed.time
            )
        )
    }

    // A sample of the open family, or one of no family.
    private func owner(of name: String) -> String? {
        guard let family, name.hasPrefix(family.name) else { return nil }
        let suffix = String(name.dropFirst(family.name.count))
        if family.suffixes.contains(suffix) { return family.name }
        // The older format names counters as it likes.
        return !isStrict && suffix.isEmpty ? family.name : nil
    }

    private static func group(
        of sample: OpenMetricsLine,
        _ family: Family,
        _ suffix: String,
        _ kind: OpenMetricsPage.Kind
    ) -> [OpenMetricsPage.Label] {
        let distinguishing: String? =
            switch kind {
            case .info: nil
            case .summary where suffix.isEmpty: "quantile"
            case .stateset: family.name
            case .histogram where suffix == "_bucket": "le"
            case .gaugehistogram where suffix == "_bucket": "le"
            default: nil
            }
        if kind == .info { return [] }
        return sample.labels.filter { $0.name != distinguishing }
    }

    private func check(
        _ sample: OpenMetricsLine,
        _ family: Family,
        _ suffix: String,
        _ kind: OpenMetricsPage.Kind
    ) throws(AnswerError) {
        let label = { (name: String) in sample.labels.first { $0.name == name }?.value }
        switch kind {
        case .stateset:
            guard label(family.name) != nil else {
                throw refusal("the state has no label '\(family.name)'")
            }
            guard sample.number == 0 || sample.number == 1 else {
                throw refusal("a state is 0 or 1")
            }
        case .info:
            guard !isStrict || sample.number == 1 else {
                throw refusal("the value of an info is 1")
            }
        case .summary where suffix.isEmpty:
            guard let text = label("quantile"), let quantile = Double(text),
                (0...1).contains(quantile) || !isStrict
            else { throw refusal("a quantile is from 0 to 1, such as 0.95") }
            if isStrict, sample.number < 0 { throw refusal("a quantile is negative") }
        default: break
        }
        if suffix == "_bucket", kind == .histogram || kind == .gaugehistogram {
            guard let text = label("le"), let limit = Double(text), !limit.isNaN,
                !isStrict || limit.isFinite || text == "+Inf" || text == "-Inf"
            else { throw refusal("a bucket has no 'le'") }
        }
        let isCount = ["_bucket", "_count", "_gcount"].contains(suffix)
        if isCount, isStrict, sample.number.rounded() != sample.number {
            throw refusal("the count of '\(sample.name)' is no whole number")
        }
        let isCounter =
            ["_total", "_sum", "_count", "_bucket", "_gcount"].contains(suffix)
            || (kind == .counter && suffix != "_created")
        if isCounter || suffix == "_gsum", sample.number.isNaN, isStrict || kind == .counter {
            throw refusal("the counter '\(sample.name)' is NaN")
        }
        if isCounter, sample.number < 0, isStrict || kind == .counter {
            throw refusal("the counter '\(sample.name)' is negative")
        }
        if sample.hasExemplar {
            let mayHaveOne =
                suffix == "_bucket" && (kind == .histogram || kind == .gaugehistogram)
                || suffix == "_total" && kind == .counter
            guard mayHaveOne else {
                throw refusal("only buckets and counters have exemplars")
            }
        }
    }

    // MARK: The end of a family

    private mutating func close() throws(AnswerError) {
        guard let family else { return }
        self.family = nil
        let kind = family.kind ?? .unknown
        // A family owns its name and the names of all its series.
        if isStrict {
            for suffix in Set(family.suffixes + [""]) {
                guard names.insert(family.name + suffix).inserted else {
                    throw refusal("the name '\(family.name + suffix)' belongs to two families")
                }
            }
            if let unit = family.unit, !unit.isEmpty {
                guard family.name.hasSuffix("_" + unit) else {
                    throw refusal("the name '\(family.name)' does not end with its unit '\(unit)'")
                }
                guard kind != .info, kind != .stateset else {
                    throw refusal("'\(family.name)' has a unit, and its type has none")
                }
            }
        } else if !names.insert(family.name).inserted, family.kind != nil {
            throw refusal("the family '\(family.name)' is described twice")
        }
        if isStrict, kind == .histogram || kind == .gaugehistogram {
            do {
                try HistogramCheck.check(samples[family.first...], family.name)
            } catch {
                throw refusal(error.message)
            }
        }
    }

    private func refusal(_ message: String) -> AnswerError {
        AnswerError(.parse, message, line: line)
    }
}

/// The rules that hold across the series of a histogram.
private enum HistogramCheck {
    private struct State {
        var key: [OpenMetricsPage.Label] = []
        var time: Double?
        var limit: Double?
        var value = 0.0
        var count: Double?
        var hasSum = false
        var hasGaugeSum = false
        var hasNegativeGaugeSum = false
        var hasNegativeBucket = false
    }

    static func check(
        _ samples: ArraySlice<OpenMetricsPage.Sample>,
        _ name: String
    ) throws(AnswerError) {
        var state: State?
        for sample in samples {
            let suffix = sample.name.dropFirst(name.count)
            if suffix == "_created" { continue }
            let key = sample.labels.filter { suffix != "_bucket" || $0.name != "le" }
            if state?.key != key || state?.time != sample.time {
                if let state { try finish(state, name) }
                state = State(key: key, time: sample.time)
            }
            let number = sample.value.double
            switch suffix {
            case "_bucket":
                let limit = sample["le"].flatMap { Double($0) } ?? .nan
                if limit < 0 { state?.hasNegativeBucket = true }
                if let before = state?.limit, limit <= before {
                    throw AnswerError(.parse, "the buckets of '\(name)' are out of order")
                }
                guard number >= state?.value ?? 0 else {
                    throw AnswerError(.parse, "a bucket of '\(name)' holds less than a smaller one")
                }
                state?.limit = limit
                state?.value = number
            case "_count", "_gcount": state?.count = number
            case "_sum": state?.hasSum = true
            case "_gsum":
                state?.hasGaugeSum = true
                state?.hasNegativeGaugeSum = number < 0
            default: break
            }
        }
        if let state { try finish(state, name) }
    }

    private static func finish(_ state: State, _ name: String) throws(AnswerError) {
        func refuse(_ message: String) -> AnswerError { AnswerError(.parse, message) }
        guard state.limit == .infinity else { throw refuse("'\(name)' has no bucket +Inf") }
        if let count = state.count, count != state.value {
            throw refuse("the count of '\(name)' is not that of its bucket +Inf")
        }
        let hasSum = state.hasSum || state.hasGaugeSum
        guard hasSum == (state.count != nil) else {
            throw refuse("'\(name)' has a sum or a count without the other")
        }
        if state.hasNegativeBucket, state.hasSum {
            throw refuse("'\(name)' has a sum and negative buckets")
        }
        if !state.hasNegativeBucket, state.hasNegativeGaugeSum {
            throw refuse("'\(name)' has a negative sum and no negative bucket")
        }
    }
}
