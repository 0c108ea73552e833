// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// What a metric is made of on a page of an exporter, where there is no server to ask.
///
/// The text form is one of
///
///     name{label="value"}                 the value of the only series that fits
///     sum(name{…})                        the sum of all that fit
///     increase(name{…})                   by how much counters grew in the window
///     rate(name{…})                       the same a second
///     quantile(0.95, name{…})             of a summary as the service computed it, else of the
///                                         growth of a histogram's buckets, as Prometheus does
///     part / whole                        a ratio; both are counters added with `+`, in
///                                         parentheses where there are several, and grow in the
///                                         window: failed / (failed + sent)
///
/// A later version may read more.
public struct PageQuery: Hashable, Sendable, CustomStringConvertible {
    /// Which series.
    struct Selector: Hashable, Sendable {
        var name: String
        var labels: [OpenMetricsPage.Label]

        func fits(_ sample: OpenMetricsPage.Sample, as name: String? = nil) -> Bool {
            sample.name == name ?? self.name && labels.allSatisfy { sample[$0.name] == $0.value }
        }
    }

    enum Form: Hashable, Sendable {
        case value(Selector)
        case sum(Selector)
        case increase(Selector)
        case rate(Selector)
        case quantile(ExactDecimal, Selector)
        case ratio([Selector], [Selector])
    }

    let form: Form
    /// The text as it was given.
    public let description: String

    /// Reads the text form.
    ///
    /// - Throws: `MetricError`, code `syntax`.
    public init(_ text: String) throws(MetricError) {
        var scanner = PageQueryScanner(text)
        form = try scanner.form()
        description = text
    }

    /// The query for a ratio of these counters.
    public init(_ terms: RatioTerms) throws(MetricError) {
        switch terms.counterpart {
        case .total(let whole): try self.init("\(terms.part) / \(whole)")
        case .others(let others): try self.init("\(terms.part) / (\(terms.part) + \(others))")
        }
    }

    /// Whether one reading of the page is not enough.
    public var isOverTime: Bool {
        switch form {
        case .value, .sum: false
        case .increase, .rate, .ratio, .quantile: true
        }
    }

    /// The samples that it looks at.
    func samples(of page: OpenMetricsPage) -> [OpenMetricsPage.Sample] {
        page.samples.filter { sample in
            switch form {
            case .value(let selector), .sum(let selector), .increase(let selector),
                .rate(let selector):
                selector.fits(sample)
            case .quantile(_, let selector):
                selector.fits(sample) && sample["quantile"] != nil
                    || selector.fits(sample, as: selector.name + "_bucket")
            case .ratio(let part, let whole):
                (part + whole).contains { $0.fits(sample) }
            }
        }
    }
}

/// Reads the text form of ``PageQuery``.
private struct PageQueryScanner {
    private let scalars: [Unicode.Scalar]
    private let text: String
    private var index = 0

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    mutating func form() throws(MetricError) -> PageQuery.Form {
        let part = try sum()
        if take("/") {
            let whole = try sum()
            guard isAtEnd, case .counters(let part) = part, case .counters(let whole) = whole else {
                throw refusal("a ratio is 'part / whole', of counters added with +")
            }
            return .ratio(part, whole)
        }
        guard isAtEnd else { throw refusal("something follows") }
        switch part {
        case .form(let form): return form
        case .counters(let selectors):
            guard let only = selectors.first, selectors.count == 1 else {
                throw refusal("several counters are added in a ratio alone; write sum(name{…})")
            }
            return .value(only)
        }
    }

    private enum Part {
        case form(PageQuery.Form)
        case counters([PageQuery.Selector])
    }

    private mutating func sum() throws(MetricError) -> Part {
        if take("(") {
            let inner = try sum()
            guard take(")") else { throw refusal("')' is missing") }
            return inner
        }
        let name = try name()
        if take("(") { return .form(try call(name)) }
        var selectors = [try selector(name)]
        while take("+") { selectors.append(try selector(try self.name())) }
        return .counters(selectors)
    }

    private mutating func call(_ function: String) throws(MetricError) -> PageQuery.Form {
        var quantile: ExactDecimal?
        if function == "quantile" {
            let digits = run { $0 == "." || ("0"..."9").contains($0) }
            quantile = try? ExactDecimal(digits)
            guard let quantile, quantile > 0, quantile < 1, take(",") else {
                throw refusal("a quantile is written quantile(0.95, name)")
            }
        }
        let selector = try selector(try name())
        guard take(")") else { throw refusal("')' is missing") }
        switch (function, quantile) {
        case ("sum", _): return .sum(selector)
        case ("increase", _): return .increase(selector)
        case ("rate", _): return .rate(selector)
        case ("quantile", let quantile?): return .quantile(quantile, selector)
        default:
            throw refusal("'\(function)' is none of sum, increase, rate and quantile")
        }
    }

    private mutating func selector(_ name: String) throws(MetricError) -> PageQuery.Selector {
        var labels: [OpenMetricsPage.Label] = []
        guard take("{") else { return PageQuery.Selector(name: name, labels: labels) }
        while !take("}") {
            let label = try self.name()
            guard take("="), take("\"") else {
                throw refusal("labels are written {name=\"value\"}; nothing else is matched here")
            }
            var value = ""
            while index < scalars.count, scalars[index] != "\"" {
                if scalars[index] == "\\" { index += 1 }
                if index < scalars.count { value.unicodeScalars.append(scalars[index]) }
                index += 1
            }
            guard take("\"") else { throw refusal("the value of '\(label)' has no end") }
            labels.append(OpenMetricsPage.Label(name: label, value: value))
            if !take(","), index < scalars.count, scalars[index] != "}" {
                throw refusal("',' or '}' is expected")
            }
        }
        return PageQuery.Selector(name: name, labels: labels)
    }

    private mutating func name() throws(MetricError) -> String {
        let name = run { scalar in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
                || scalar == ":" || ("0"..."9").contains(scalar)
        }
        guard OpenMetricsLine.isName(name) else { throw refusal("a name is expected") }
        return name
    }

    private mutating func run(_ isInside: (Unicode.Scalar) -> Bool) -> String {
        skipSpace()
        let start = index
        while index < scalars.count, isInside(scalars[index]) { index += 1 }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < scalars.count, scalars[index] == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < scalars.count, scalars[index] == " " { index += 1 }
    }

    private var isAtEnd: Bool { scalars[index...].allSatisfy { $0 == " " } }

    private func refusal(_ message: String) -> MetricError {
        MetricError(.syntax, "'\(text)' is no query of a page: \(message)")
    }
}
