// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A metric over a window of time, drawn: its values, its bands and the moments of deployments.
///
/// The SVG is a document of its own that can also stand inline in HTML: no scripts, no style sheet,
/// no address of anything else. Colour never says anything alone: bands are labelled, and what could
/// not be measured is a cross at the foot.
public struct MetricChart: Hashable, Sendable {
    /// A moment with a word for it.
    public struct Mark: Hashable, Sendable {
        /// The moment.
        public let at: Timestamp
        /// The word, such as `deploy`.
        public let label: String

        /// A mark.
        public init(_ at: Timestamp, _ label: String) {
            self.at = at
            self.label = label
        }
    }

    private struct Point: Hashable, Sendable {
        var at: Double
        /// `nil` where nothing could be measured.
        var value: Double?
    }

    private let metric: SuccessMetric
    private let measurements: [Measurement]
    private let marks: [Mark]
    private let unit: Unit

    private static let size = (width: 720.0, height: 260.0)
    private static let plot = (left: 76.0, right: 704.0, top: 34.0, bottom: 218.0)
    /// A line has no more corners than this: of more points the extremes are drawn.
    private static let mostPoints = 1200

    /// A chart.
    ///
    /// - Parameters:
    ///   - metric: The metric.
    ///   - measurements: What was measured, in any order.
    ///   - marks: The moments to show, such as when the deployment began.
    public init(_ metric: SuccessMetric, _ measurements: [Measurement], marks: [Mark] = []) {
        self.metric = metric
        self.measurements = measurements.sorted { $0.at < $1.at }
        self.marks = marks
        // A part of 1 is read more easily as a part of 100.
        unit = metric.unit == .ratio ? .percent : metric.unit
    }

    /// The chart as SVG 1.1, in ASCII but for the title and the labels.
    public var svg: String {
        let points = Self.thinned(measurements.map { Point(at: $0.at.seconds, value: value($0)) })
        let frame = Frame(
            times: points.map(\.at) + marks.map(\.at.seconds),
            values: points.compactMap(\.value)
                + bounds.flatMap { [$0.low, $0.high] }
                .compactMap(\.self)
        )
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 260" width="720" height="260" \
            role="img" font-family="sans-serif" font-size="11">
            <title>\(Self.escaped(metric.title))</title>
            <rect width="720" height="260" fill="#fff"/>
            <text x="8" y="18" font-size="13" font-weight="bold">\(Self.escaped(metric.title))</text>

            """
        for (index, bound) in bounds.enumerated() { text += band(bound, index, frame) }
        text += axes(frame)
        for mark in marks {
            let x = Self.text(frame.x(mark.at.seconds))
            text += """
                <line x1="\(x)" y1="34" x2="\(x)" y2="218" stroke="#333" stroke-dasharray="4 3"/>
                <text x="\(x)" y="30" text-anchor="middle">\(Self.escaped(mark.label))</text>

                """
        }
        text += line(points, frame)
        return text + "</svg>\n"
    }

    /// The measurements as a table of HTML: moment, value, samples, band and source; the last
    /// `limit` of them, and a line that says how many come before.
    public func table(limit: Int = 500) -> String {
        var text = "<table>\n<caption>\(Self.escaped(metric.title))</caption>\n<thead><tr>"
        for head in ["Time (UTC)", "Value", "Samples", "Band", "Source"] {
            text += "<th scope=\"col\">\(head)</th>"
        }
        text += "</tr></thead>\n<tbody>\n"
        let hidden = measurements.count - max(0, limit)
        if hidden > 0 {
            text += "<tr><td colspan=\"5\">\(hidden) earlier measurements are not shown</td></tr>\n"
        }
        for measurement in measurements.suffix(max(0, limit)) {
            let verdict = metric.verdict(for: measurement)
            let band =
                verdict.isComplete
                ? verdict.severity.rawValue
                : verdict.incomplete.sorted().map(\.text).joined(separator: ", ")
            let cells = [
                measurement.at.description, measurement.outcome.sentence,
                measurement.sampleCount.map(String.init) ?? "", band, measurement.source ?? "",
            ]
            text += "<tr>" + cells.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return text + "</tbody>\n</table>\n"
    }

    // MARK: Parts

    private struct Band {
        var name: String
        var colour: String
        /// `nil` is without end.
        var low: Double?
        var high: Double?
    }

    private var bounds: [Band] {
        let bands: [(String, String, Bound?)] = [
            ("target", "#2e7d32", metric.bands.target),
            ("warning", "#f9a825", metric.bands.warning),
            ("critical", "#c62828", metric.bands.critical),
        ]
        return bands.flatMap { name, colour, bound in
            guard let bound else { return [Band]() }
            let limits = bound.limits.compactMap { limit in number(limit) }
            guard limits.count == bound.limits.count, let first = limits.first else { return [] }
            switch bound {
            case .compare(let comparison, _):
                switch comparison {
                case .less, .atMost: return [Band(name: name, colour: colour, high: first)]
                case .greater, .atLeast: return [Band(name: name, colour: colour, low: first)]
                case .equal: return [Band(name: name, colour: colour, low: first, high: first)]
                case .notEqual: return []
                }
            case .within: return [Band(name: name, colour: colour, low: first, high: limits[1])]
            case .outside:
                return [
                    Band(name: name, colour: colour, high: first),
                    Band(name: name, colour: colour, low: limits[1]),
                ]
            }
        }
    }

    private func band(_ band: Band, _ index: Int, _ frame: Frame) -> String {
        let top = band.high.map(frame.y) ?? Self.plot.top
        let bottom = band.low.map(frame.y) ?? Self.plot.bottom
        let edge = band.high == nil ? bottom : top
        let label = edge > Self.plot.top + 14 ? edge - 3 : edge + 12
        return """
            <rect x="76" y="\(Self.text(top))" width="628" \
            height="\(Self.text(max(1, bottom - top)))" fill="\(band.colour)" fill-opacity="0.12"/>
            <line x1="76" y1="\(Self.text(edge))" x2="704" y2="\(Self.text(edge))" \
            stroke="\(band.colour)"/>
            <text x="\(700 - index * 56)" y="\(Self.text(label))" text-anchor="end" \
            fill="\(band.colour)">\(band.name)</text>

            """
    }

    private func axes(_ frame: Frame) -> String {
        var text = """
            <line x1="76" y1="34" x2="76" y2="218" stroke="#666"/>
            <line x1="76" y1="218" x2="704" y2="218" stroke="#666"/>

            """
        for value in [frame.low, (frame.low + frame.high) / 2, frame.high] {
            text += """
                <text x="70" y="\(Self.text(frame.y(value) + 4))" \
                text-anchor="end">\(Self.escaped(Self.text(value) + " \(unit)"))</text>

                """
        }
        let ends = [(frame.first, "start"), (frame.last, "end")]
        for (time, anchor) in ends where !measurements.isEmpty || !marks.isEmpty {
            let moment = Timestamp(milliseconds: Int64(time * 1000))
            text += """
                <text x="\(Self.text(frame.x(time)))" y="236" \
                text-anchor="\(anchor)">\(moment.description.prefix(16))Z</text>

                """
        }
        if measurements.isEmpty {
            text += "<text x=\"390\" y=\"130\" text-anchor=\"middle\">nothing was measured</text>\n"
        }
        return text
    }

    private func line(_ points: [Point], _ frame: Frame) -> String {
        var text = ""
        var run: [String] = []
        func end() {
            if run.count == 1, let only = run.first {
                let parts = only.split(separator: ",")
                text += "<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"2\" fill=\"#1565c0\"/>\n"
            } else if run.count > 1 {
                text += "<polyline fill=\"none\" stroke=\"#1565c0\" stroke-width=\"1.5\" points=\""
                text += run.joined(separator: " ") + "\"/>\n"
            }
            run = []
        }
        for point in points {
            let x = frame.x(point.at)
            if let value = point.value {
                run.append("\(Self.text(x)),\(Self.text(frame.y(value)))")
            } else {
                end()
                text += """
                    <path d="M\(Self.text(x - 3)) 209l6 6m0-6l-6 6" stroke="#c62828"/>

                    """
            }
        }
        end()
        return text
    }

    private func value(_ measurement: Measurement) -> Double? {
        switch measurement.outcome {
        case .value(let quantity): return number(quantity)
        case .ratio(let ratio):
            guard ratio.denominator > 0, let part = Double(ratio.numerator.description),
                let whole = Double(ratio.denominator.description)
            else { return nil }
            return part / whole * (unit == .percent ? 100 : 1)
        case .nan, .absent, .terminated, .error: return nil
        }
    }

    private func number(_ quantity: Quantity) -> Double? {
        guard quantity.unit.isComparable(with: unit) else { return nil }
        // Drawn, not judged: the nearest binary fraction is good enough.
        let value = Double(quantity.magnitude.description) ?? .nan
        let up = Double(quantity.unit.numerator.description) ?? 1
        let down = Double(quantity.unit.denominator.description) ?? 1
        let ownUp = Double(unit.numerator.description) ?? 1
        let ownDown = Double(unit.denominator.description) ?? 1
        let result = value * up / down * ownDown / ownUp
        return result.isFinite ? result : nil
    }

    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > mostPoints else { return points }
        let size = (points.count + mostPoints / 3 - 1) / (mostPoints / 3)
        return stride(from: 0, to: points.count, by: size).flatMap { start in
            let bucket = points[start..<min(start + size, points.count)]
            let valued = bucket.filter { $0.value != nil }
            let low = valued.min { ($0.value ?? 0) < ($1.value ?? 0) }
            let high = valued.max { ($0.value ?? 0) < ($1.value ?? 0) }
            let missing = bucket.first { $0.value == nil }
            return Set([low, high, missing].compactMap(\.self)).sorted { $0.at < $1.at }
        }
    }

    /// A number in few digits.
    static func text(_ value: Double) -> String {
        let digits = value.magnitude >= 1000 ? 1.0 : value.magnitude >= 1 ? 100.0 : 10_000.0
        let rounded = (value * digits).rounded() / digits
        if rounded == rounded.rounded(), rounded.magnitude < 1e15 { return "\(Int64(rounded))" }
        return "\(rounded)"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                // Nothing that XML does not know, and nothing that turns text around.
                let isPlain =
                    scalar.value >= 32 && !(0x7F...0x9F).contains(scalar.value)
                    && !(0x202A...0x202E).contains(scalar.value)
                    && !(0x2066...0x2069).contains(scalar.value) && scalar.value != 0xFFFE
                    && scalar.value != 0xFFFF
                result.unicodeScalars.append(isPlain ? scalar : " ")
            }
        }
        return result
    }

    private struct Frame {
        var first: Double
        var last: Double
        var low: Double
        var high: Double

        init(times: [Double], values: [Double]) {
            first = times.min() ?? 0
            last = max(times.max() ?? 1, first + 1)
            let (least, most) = (values.min() ?? 0, values.max() ?? 1)
            let margin = most > least ? (most - least) * 0.08 : max(1, most.magnitude * 0.1)
            low = least >= 0 ? max(0, least - margin) : least - margin
            high = most + margin
        }

        func x(_ time: Double) -> Double {
            plot.left + (time - first) / (last - first) * (plot.right - plot.left)
        }

        func y(_ value: Double) -> Double {
            let part = min(1, max(0, (value - low) / (high - low)))
            return plot.bottom - part * (plot.bottom - plot.top)
        }
    }
}

extension Timestamp {
    fileprivate var seconds: Double { Double(milliseconds) / 1000 }
}

extension Measurement.Outcome {
    /// What was found, in words for people.
    public var sentence: String {
        switch self {
        case .value(let quantity): "\(quantity)"
        case .ratio(let ratio):
            ratio.denominator > 0
                ? "\(ratio.numerator) of \(ratio.denominator)" : "nothing of nothing"
        case .nan: "no number"
        case .absent: "no value"
        case .terminated: "not measured"
        case .error(let kind): "failed: \(kind.rawValue)"
        }
    }
}
