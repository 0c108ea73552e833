// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// One metric's values out of the pages of an exporter, reading after reading.
struct PageSeries: Sendable {
    private let query: PageQuery
    private let unit: Unit
    private var window: CounterWindow

    init(_ query: PageQuery, unit: Unit, window: Duration) {
        self.query = query
        self.unit = unit
        self.window = CounterWindow(window)
    }

    /// What a page says, read at a moment.
    ///
    /// - Returns: What is found, and the number of samples that it rests on, where that is known.
    /// - Throws: ``AnswerError``: `ambiguous` for several series where one is expected, `parse` for
    ///   values that cannot be computed with.
    mutating func take(
        _ page: OpenMetricsPage,
        at moment: Timestamp
    ) throws(AnswerError) -> (outcome: Measurement.Outcome, count: Int?) {
        let samples = query.samples(of: page)
        do {
            if query.isOverTime { try window.observe(try Self.counters(samples), at: moment) }
            switch query.form {
            case .value: return (try value(samples), nil)
            case .sum: return (try sum(samples), nil)
            case .increase: return try grown(per: nil)
            case .rate: return try grown(per: window.elapsed)
            case .ratio(let part, let whole): return (try ratio(part, whole), nil)
            case .quantile(let p, let selector): return try quantile(p, selector, samples)
            }
        } catch let error as MetricError {
            throw AnswerError(.parse, error.message)
        } catch let error as AnswerError {
            throw error
        } catch {
            throw AnswerError(.parse, "\(error)")
        }
    }

    /// The lines of the page that matter, by which a later reading is compared with this one.
    func excerpt(of page: OpenMetricsPage) -> [UInt8] {
        guard query.isOverTime else { return [] }
        return Array(
            query.samples(of: page).compactMap { sample in
                sample.value.finite.map { "\(Self.key(sample)) \($0)\n" }
            }.joined().utf8
        )
    }

    // MARK: Values

    private func value(_ samples: [OpenMetricsPage.Sample]) throws -> Measurement.Outcome {
        guard let only = samples.first else { return .absent }
        guard samples.count == 1 else {
            throw AnswerError(
                .ambiguous,
                "\(samples.count) series fit '\(query)' where one is expected; name labels, or "
                    + "write sum(…)"
            )
        }
        return only.value.outcome(in: unit)
    }

    private func sum(_ samples: [OpenMetricsPage.Sample]) throws -> Measurement.Outcome {
        if samples.isEmpty { return .absent }
        var sum = ExactDecimal.zero
        for sample in samples {
            guard let number = sample.value.finite else { return sample.value.outcome(in: unit) }
            sum = try sum.adding(number)
        }
        return .value(Quantity(sum, unit))
    }

    private func grown(
        per elapsed: Duration?
    ) throws -> (outcome: Measurement.Outcome, count: Int?) {
        guard let increases = try window.increases(), !increases.isEmpty else {
            return (.absent, nil)
        }
        let total = try Self.sum(increases.values)
        let count = total.isWhole ? Int(total.description) : nil
        guard let elapsed, case .rate = query.form else {
            return (.value(Quantity(total, unit)), count)
        }
        let seconds = try ExactDecimal(coefficient: Int128(elapsed.wholeMilliseconds), scale: 3)
        let rate = try total.divided(by: seconds, places: 12)
        // A rate is a number a second; the metric may count by the minute.
        let quantity = Quantity(rate, .perSecond)
        guard unit.isComparable(with: .perSecond) else {
            return (.value(Quantity(rate, unit)), count)
        }
        return (.value(quantity), count)
    }

    private func ratio(
        _ part: [PageQuery.Selector],
        _ whole: [PageQuery.Selector]
    ) throws -> Measurement.Outcome {
        guard let increases = try window.increases(), !increases.isEmpty else { return .absent }
        func grown(_ selectors: [PageQuery.Selector]) throws -> ExactDecimal {
            var sum = ExactDecimal.zero
            for (key, value) in increases where selectors.contains(where: { Self.fits(key, $0) }) {
                sum = try sum.adding(value)
            }
            return sum
        }
        return .ratio(try Ratio(grown(part), of: grown(whole)))
    }

    private func quantile(
        _ p: ExactDecimal,
        _ selector: PageQuery.Selector,
        _ samples: [OpenMetricsPage.Sample]
    ) throws -> (outcome: Measurement.Outcome, count: Int?) {
        let computed = samples.filter { sample in
            sample["quantile"].flatMap { try? ExactDecimal($0) } == p
        }
        if !computed.isEmpty { return (try value(computed), nil) }
        guard let increases = try window.increases(), !increases.isEmpty else {
            return (.absent, nil)
        }
        var buckets: [String: ExactDecimal] = [:]
        for (key, value) in increases {
            guard let limit = Self.limit(key) else { continue }
            buckets[limit] = try (buckets[limit] ?? .zero).adding(value)
        }
        return try HistogramQuantile(buckets).value(p, in: unit)
    }

    // MARK: Keys

    /// A name that tells series apart, written as on the page.
    private static func key(_ sample: OpenMetricsPage.Sample) -> String {
        guard !sample.labels.isEmpty else { return sample.name }
        let labels = sample.labels.map { label in
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(label.name)=\"\(value)\""
        }
        return "\(sample.name){\(labels.joined(separator: ","))}"
    }

    private static func counters(
        _ samples: [OpenMetricsPage.Sample]
    ) throws(AnswerError) -> [String: ExactDecimal] {
        var values: [String: ExactDecimal] = [:]
        for sample in samples where sample["quantile"] == nil {
            guard let number = sample.value.finite else {
                throw AnswerError(
                    .parse,
                    "the counter '\(sample.name)' is no number",
                    line: sample.line
                )
            }
            values[key(sample)] = number
        }
        return values
    }

    private static func line(_ key: String) -> OpenMetricsLine? {
        try? OpenMetricsLine(Array("\(key) 0".utf8)[...], isStrict: true)
    }

    private static func fits(_ key: String, _ selector: PageQuery.Selector) -> Bool {
        guard let line = line(key), line.name == selector.name else { return false }
        return selector.labels.allSatisfy(line.labels.contains)
    }

    private static func limit(_ key: String) -> String? {
        line(key)?.labels.first { $0.name == "le" }?.value
    }

    private static func sum(_ values: some Sequence<ExactDecimal>) throws -> ExactDecimal {
        var sum = ExactDecimal.zero
        for value in values { sum = try sum.adding(value) }
        return sum
    }
}

/// A quantile of counts by size, interpolated inside the bucket as `histogram_quantile` does.
private struct HistogramQuantile {
    /// The limits that are numbers, ascending, each with how many are not above.
    private var buckets: [(limit: ExactDecimal, count: ExactDecimal)] = []
    private var total: ExactDecimal?

    init(_ counts: [String: ExactDecimal]) {
        for (text, count) in counts {
            switch MetricNumber(text) {
            case .finite(let limit)?: buckets.append((limit, count))
            case .infinite(isNegative: false)?: total = count
            default: continue
            }
        }
        buckets.sort { $0.limit < $1.limit }
    }

    func value(
        _ p: ExactDecimal,
        in unit: Unit
    ) throws -> (outcome: Measurement.Outcome, count: Int?) {
        guard let total, let last = buckets.last else { return (.absent, nil) }
        guard total > 0 else { return (.nan, 0) }
        let count = total.isWhole ? Int(total.description) : nil
        let rank = try p.multiplied(by: total)
        guard let index = buckets.firstIndex(where: { $0.count >= rank }) else {
            // Above the highest limit nothing more is known.
            return (.value(Quantity(last.limit, unit)), count)
        }
        let upper = buckets[index]
        if index == 0, upper.limit <= 0 { return (.value(Quantity(upper.limit, unit)), count) }
        let lower =
            index == 0
            ? (limit: ExactDecimal.zero, count: ExactDecimal.zero)
            : buckets[index - 1]
        let inside = try upper.count.adding(lower.count.negated)
        let reached = try rank.adding(lower.count.negated)
        let width = try upper.limit.adding(lower.limit.negated)
        let step = try width.multiplied(by: reached).divided(by: inside, places: 12)
        return (.value(Quantity(try lower.limit.adding(step), unit)), count)
    }
}
