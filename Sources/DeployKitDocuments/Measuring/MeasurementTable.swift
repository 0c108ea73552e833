// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Measurements as a file lists them, in JSON or CSV.
///
/// JSON: an array of objects, or an object with the member `measurements`, or one object, with the
/// members `metric` (which may be left out where it is known otherwise), one of `value` (a quantity
/// such as `"4.2s"`, or a number in the metric's unit), `good` or `bad` or `part` with `total`,
/// `samples` as an array of numbers (from which the declared aggregation is computed), and
/// optionally `count`, `at` (`2026-01-01T00:00:00Z`, or seconds since 1970) and `source`. A `value`
/// of `null` is absent, `"NaN"` is no number.
///
/// CSV (RFC 4180): a first line that names the columns, among the same names; an empty field is an
/// absent member. Columns that are not known are refused, since their values would be lost.
public struct MeasurementTable: Hashable, Sendable {
    /// One measurement.
    public struct Row: Hashable, Sendable {
        /// The metric, as it is named there.
        public let metric: String?
        /// The value as it is written, where there is one.
        let value: Value
        /// How many samples it rests on.
        let count: Int?
        /// When it was measured.
        public let at: Timestamp?
        /// Who or what says so.
        public let source: String?
        /// The line, from 1; in JSON the number of the object.
        public let line: Int
    }

    enum Value: Hashable, Sendable {
        case text(String)
        case number(String)
        case part(String, of: String, counting: Counted)
        case samples([String])
        case absent
    }

    enum Counted: String, Hashable, Sendable {
        case good
        case bad
        case part
    }

    /// The rows in the order of the file.
    public let rows: [Row]

    /// The most rows that are read.
    public static let mostRows = 1_000_000

    /// Reads JSON.
    ///
    /// - Throws: ``AnswerError``, kind `parse`.
    public init(json bytes: [UInt8]) throws(AnswerError) {
        let json = try ForeignJSON(bytes)
        let elements: [ForeignJSON]
        switch json {
        case .array(let array): elements = array
        case .object:
            if let list = json["measurements"] {
                guard let array = list.array else {
                    throw AnswerError(.parse, "'measurements' is no array")
                }
                elements = array
            } else {
                elements = [json]
            }
        default: throw AnswerError(.parse, "an array of measurements is expected")
        }
        var rows: [Row] = []
        for (number, element) in elements.enumerated() {
            guard case .object(let members) = element else {
                throw AnswerError(.parse, "measurement \(number + 1) is no object")
            }
            rows.append(try Row(members, number: number + 1))
        }
        self.rows = rows
    }

    /// Reads CSV.
    ///
    /// - Throws: ``AnswerError``, kind `parse`.
    public init(csv bytes: [UInt8]) throws(AnswerError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw AnswerError(.parse, "the CSV is not UTF-8")
        }
        var records = try CSVRecords.read(text)
        guard !records.isEmpty else { throw AnswerError(.parse, "the CSV has no line of columns") }
        let columns = records.removeFirst().fields.map { $0.trimmed.lowercased() }
        guard Set(columns).count == columns.count else {
            throw AnswerError(.parse, "a column is named twice", line: 1)
        }
        var rows: [Row] = []
        for record in records {
            guard record.fields.count == columns.count else {
                throw AnswerError(
                    .parse,
                    "\(record.fields.count) fields stand under \(columns.count) columns",
                    line: record.line
                )
            }
            var members: [String: ForeignJSON] = [:]
            for (name, field) in zip(columns, record.fields) where !field.trimmed.isEmpty {
                members[name] = .string(field.trimmed)
            }
            rows.append(try Row(members, number: record.line))
        }
        self.rows = rows
    }
}

extension MeasurementTable.Row {
    private static let known: Set<String> = [
        "metric", "value", "good", "bad", "part", "total", "samples", "count", "at", "source",
    ]

    fileprivate init(_ members: [String: ForeignJSON], number: Int) throws(AnswerError) {
        func refusal(_ message: String) -> AnswerError {
            AnswerError(.parse, message, line: number)
        }
        if let unknown = members.keys.filter({ !Self.known.contains($0) }).min() {
            throw refusal(
                "'\(unknown)' is none of \(Self.known.sorted().joined(separator: ", "))"
            )
        }
        func text(_ name: String) throws(AnswerError) -> String? {
            guard let member = members[name] else { return nil }
            guard let text = member.scalarText else { throw refusal("'\(name)' is no text") }
            return text
        }
        metric = try text("metric")
        source = try text("source")
        line = number
        if let text = try text("at") {
            guard let moment = Timestamp(measured: text) else {
                throw refusal(
                    "'\(text)' is no moment such as 2026-01-01T00:00:00Z or 1767225600"
                )
            }
            at = moment
        } else {
            at = nil
        }
        if let text = try text("count") {
            guard let count = Int(text), count >= 0 else {
                throw refusal("'\(text)' is no number of samples")
            }
            self.count = count
        } else {
            count = nil
        }
        let forms = ["value", "good", "bad", "part", "samples"].filter { members[$0] != nil }
        guard forms.count <= 1 else {
            throw refusal("'\(forms[0])' and '\(forms[1])' are two answers to one question")
        }
        switch (forms.first, members[forms.first ?? ""]) {
        case (nil, _), ("value"?, .null?): value = .absent
        case ("value"?, .number(let text)?): value = .number(text)
        case ("value"?, .string(let text)?): value = .text(text)
        case ("samples"?, .array(let elements)?):
            let texts = elements.compactMap(\.scalarText)
            guard texts.count == elements.count else { throw refusal("a sample is no number") }
            value = .samples(texts)
        case (let name?, let member?):
            guard let counted = MeasurementTable.Counted(rawValue: name),
                let part = member.scalarText, let total = try text("total")
            else { throw refusal("'\(name)' needs a number, and 'total' beside it") }
            value = .part(part, of: total, counting: counted)
        default: throw refusal("a value is expected")
        }
        if members["total"] != nil, !["good", "bad", "part"].contains(forms.first ?? "") {
            throw refusal("'total' needs good, bad or part beside it")
        }
    }

    /// What the row says of a metric.
    ///
    /// - Parameters:
    ///   - metric: The metric.
    ///   - moment: When it was measured, where the row does not say so.
    ///   - source: Who says so, where the row does not.
    ///   - digest: The digest of the file.
    /// - Returns: The measurement.
    /// - Throws: ``AnswerError``: `parse` for what is no value, `unit` for a value of something else.
    public func measurement(
        of metric: SuccessMetric,
        at moment: Timestamp,
        source: String,
        digest: Digest?
    ) throws(AnswerError) -> Measurement {
        let found: Measurement.Outcome
        var samples = count
        do throws(MetricError) {
            switch value {
            case .absent: found = .absent
            case .number(let text): found = try Self.number(text, of: metric)
            case .text(let text): found = try Self.text(text, of: metric)
            case .part(let part, let whole, let counted):
                found = try Self.ratio(part, whole, counting: counted, of: metric)
            case .samples(let texts):
                guard let aggregation = metric.aggregation else {
                    throw MetricError(
                        .value,
                        "'\(metric.id)' declares no aggregation, by which samples become a value"
                    )
                }
                let numbers = try texts.map { text throws(MetricError) in try ExactDecimal(text) }
                let value = try aggregation.value(of: numbers)
                found = value.map { .value(Quantity($0, metric.unit)) } ?? .absent
                samples = samples ?? numbers.count
            }
        } catch {
            throw AnswerError(error.code == .dimension ? .unit : .parse, error.message, line: line)
        }
        return Measurement(
            at: at ?? moment,
            found,
            sampleCount: samples,
            source: self.source ?? source,
            digest: digest
        )
    }

    // A number without a unit is taken in the metric's own, except where that would be a guess
    // between a part of 1 and a part of 100.
    private static func number(
        _ text: String,
        of metric: SuccessMetric
    ) throws(MetricError) -> Measurement.Outcome {
        let number = try ExactDecimal(text)
        if metric.unit.dimension == .ratio {
            throw MetricError(
                .dimension,
                "\(text) of '\(metric.id)' may be a part of 1 or of 100; write \"\(text)%\" or "
                    + "\"\(text) ratio\", or good and total"
            )
        }
        return .value(Quantity(number, metric.unit))
    }

    private static func text(
        _ text: String,
        of metric: SuccessMetric
    ) throws(MetricError) -> Measurement.Outcome {
        try Measurement.Outcome(measured: text, of: metric)
    }

    private static func ratio(
        _ part: String,
        _ whole: String,
        counting counted: MeasurementTable.Counted,
        of metric: SuccessMetric
    ) throws(MetricError) -> Measurement.Outcome {
        var numerator = try ExactDecimal(part)
        let denominator = try ExactDecimal(whole)
        guard numerator <= denominator else {
            throw MetricError(.value, "\(part) is more than the total of \(whole)")
        }
        // What is good of a failure rate, and what is bad of a success rate, is the rest.
        let isOfTheRest =
            counted == .good && metric.direction == .lowerIsBetter
            || counted == .bad && metric.direction == .higherIsBetter
        if isOfTheRest {
            numerator = try denominator.adding(numerator.negated)
        }
        return .ratio(try Ratio(numerator, of: denominator))
    }
}

extension Measurement.Outcome {
    /// Reads what a person, a command or a file says a metric is: a quantity (`4.2s`), a part of a
    /// whole (`19/20`, `19 of 20`), `NaN`, or `absent`. A number without a unit is taken in the
    /// metric's own, except for a ratio: nobody can say whether 0.95 is a part of 1 or of 100.
    ///
    /// - Throws: ``MetricError``: `syntax` for anything else, `dimension` for a value of something
    ///   else, `value` for a part that is more than the whole.
    public init(measured text: String, of metric: SuccessMetric) throws(MetricError) {
        let trimmed = text.trimmed
        switch trimmed.lowercased() {
        case "nan": self = .nan
        case "absent", "none", "null": self = .absent
        default:
            let words = trimmed.replacing(" of ", with: "/").split(
                separator: "/",
                omittingEmptySubsequences: false
            ).map { String($0).trimmed }
            let isScore = metric.unit.symbol.hasPrefix("/")
            if words.count == 2, metric.unit.dimension == .ratio, !isScore,
                let part = try? ExactDecimal(words[0]), let whole = try? ExactDecimal(words[1])
            {
                guard part <= whole else {
                    throw MetricError(.value, "\(words[0]) is more than the whole, \(words[1])")
                }
                self = .ratio(try Ratio(part, of: whole))
                return
            }
            let quantity = try Quantity(trimmed)
            if quantity.unit == .number, metric.unit.dimension == .ratio {
                throw MetricError(
                    .dimension,
                    "'\(trimmed)' of '\(metric.id)' may be a part of 1 or of 100: write "
                        + "\(trimmed)% or '\(trimmed) ratio', or 19/20"
                )
            }
            if quantity.unit == .number, metric.role != .informational {
                self = .value(Quantity(quantity.magnitude, metric.unit))
                return
            }
            guard metric.role == .informational || quantity.unit.isComparable(with: metric.unit)
            else {
                throw MetricError(
                    .dimension,
                    "'\(trimmed)' is no value of '\(metric.id)', which is measured in "
                        + "'\(metric.unit)'"
                )
            }
            self = .value(quantity)
        }
    }
}

extension Timestamp {
    /// Reads a moment as people and programs write it: `2026-01-01T00:00:00Z` with or without parts
    /// of a second, or seconds since 1970.
    ///
    /// - Returns: `nil` for anything else, other zones included.
    public init?(measured text: String) {
        if text.contains("T") || text.contains("-") {
            guard text.hasSuffix("Z") else { return nil }
            let parts = text.dropLast().split(separator: ".", maxSplits: 1)
            let fraction = parts.count == 2 ? parts[1] : ""
            guard fraction.utf8.count <= 9,
                fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let whole = parts.first
            else { return nil }
            let milliseconds = (String(fraction.prefix(3)) + "000").prefix(3)
            self.init("\(whole).\(milliseconds)Z")
        } else {
            self.init(unixSeconds: text)
        }
    }
}
