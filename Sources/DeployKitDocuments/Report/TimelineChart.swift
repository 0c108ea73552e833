// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// When each item of a deployment was worked on, drawn: a bar from the start of an attempt to its
/// end, a mark where a person settled an item, a line down where the deployment as a whole changed.
///
/// Colour says nothing alone: each bar and mark has the sign of its outcome. The table of events that
/// stands beside it in a report says the same in words.
struct TimelineChart {
    private struct Bar {
        var from: Double
        var to: Double
        var sign: String
        var colour: String
    }

    private struct Row {
        var label: String
        var bars: [Bar]
    }

    private static let mostRows = 120
    private static let (left, right, top, height) = (250.0, 850.0, 40.0, 18.0)

    private let rows: [Row]
    private let hidden: Int
    private let marks: [(at: Double, label: String)]
    private let frame: (first: Double, last: Double)

    /// A chart of everything that happened to a deployment.
    init(of deployment: Deployment, _ history: [RecordedEvent]) {
        var begun: [ItemID: Double] = [:]
        var bars: [ItemID: [Bar]] = [:]
        var marks: [(Double, String)] = []
        let end = history.last.map { Self.seconds($0.at) } ?? Self.seconds(deployment.startedAt)
        func settle(_ item: ItemID, _ at: Double, _ sign: String, _ colour: String) {
            let from = begun.removeValue(forKey: item) ?? at
            bars[item, default: []].append(Bar(from: from, to: at, sign: sign, colour: colour))
        }
        for recorded in history {
            let at = Self.seconds(recorded.at)
            switch recorded.event {
            case .attemptStarted(let item, _, _, _): begun[item] = at
            case .attemptPassed(let item, _, _, _, _), .done(let item, _, _, _):
                settle(item, at, "✓", "#2e7d32")
            case .attemptFailed(let item, _, _, _, _), .failed(let item, _, _):
                settle(item, at, "✗", "#c62828")
            case .attemptInDoubt(let item, _, _, _, _): settle(item, at, "?", "#b26a00")
            case .doubtResolved(let item, _, let happened, _, _):
                settle(item, at, happened ? "✓" : "✗", happened ? "#2e7d32" : "#c62828")
            case .waived(let item, _): settle(item, at, "~", "#555")
            case .halted: marks.append((at, "halted"))
            case .resumed: marks.append((at, "goes on"))
            case .observing: marks.append((at, "deployed"))
            case .gateConsumed: marks.append((at, "gate"))
            default: break
            }
        }
        for (item, at) in begun {
            bars[item, default: []].append(Bar(from: at, to: end, sign: "▸", colour: "#1565c0"))
        }
        let all = deployment.outline.leaves.compactMap { entry -> Row? in
            bars[entry.item.id].map { bars in
                Row(label: "\(entry.number) \(entry.item.title)", bars: bars)
            }
        }
        rows = Array(all.prefix(Self.mostRows))
        hidden = all.count - rows.count
        self.marks = marks
        let first = Self.seconds(deployment.startedAt)
        frame = (first, max(end, first + 1))
    }

    /// Whether there is nothing to draw.
    var isEmpty: Bool { rows.isEmpty }

    /// The picture, for a page of HTML.
    var svg: String {
        let bottom = Self.top + Double(rows.count) * Self.height
        let whole = Int(bottom) + (hidden > 0 ? 44 : 28)
        var text = """
            <svg viewBox="0 0 900 \(whole)" width="900" height="\(whole)" role="img" \
            aria-label="Timeline of \(rows.count) items; the table of events says the same in words" \
            font-family="sans-serif" font-size="11">
            <rect width="900" height="\(whole)" fill="#fff"/>

            """
        for (index, row) in rows.enumerated() { text += line(row, index) }
        text += lines(downTo: bottom)
        text += axis(at: bottom)
        if hidden > 0 {
            text += """
                <text x="8" y="\(MetricChart.text(bottom + 36))" fill="#333">\(hidden) more items \
                are in the table</text>

                """
        }
        return text + "</svg>\n"
    }

    // Of words that would stand upon one another, the first is written.
    private func lines(downTo bottom: Double) -> String {
        var (text, free) = ("", 0.0)
        for (at, label) in marks {
            let place = x(at)
            text += """
                <line x1="\(MetricChart.text(place))" y1="30" x2="\(MetricChart.text(place))" \
                y2="\(MetricChart.text(bottom))" stroke="#666" stroke-dasharray="3 3"/>

                """
            if place < free { continue }
            free = place + 50
            text += """
                <text x="\(MetricChart.text(place))" y="24" text-anchor="middle" \
                fill="#333">\(label)</text>

                """
        }
        return text
    }

    private func line(_ row: Row, _ index: Int) -> String {
        let y = Self.top + Double(index) * Self.height
        var text = ""
        if index % 2 == 0 {
            text += """
                <rect x="0" y="\(MetricChart.text(y))" width="900" \
                height="\(MetricChart.text(Self.height))" fill="#f4f4f4"/>

                """
        }
        let label =
            row.label.count > 38 ? String(row.label.prefix(37)) + "…" : row.label
        text += """
            <text x="8" y="\(MetricChart.text(y + 13))" fill="#000">\(MetricChart.escaped(label))\
            </text>

            """
        for bar in row.bars {
            let (from, to) = (x(bar.from), x(bar.to))
            text += """
                <rect x="\(MetricChart.text(from))" y="\(MetricChart.text(y + 4))" \
                width="\(MetricChart.text(max(3, to - from)))" height="10" fill="\(bar.colour)"/>\
                <text x="\(MetricChart.text(max(from + 3, to) + 3))" \
                y="\(MetricChart.text(y + 13))" fill="\(bar.colour)">\(bar.sign)</text>

                """
        }
        return text
    }

    private func axis(at bottom: Double) -> String {
        let y = MetricChart.text(bottom)
        var text = """
            <line x1="250" y1="\(y)" x2="850" y2="\(y)" stroke="#666"/>

            """
        for (time, anchor) in [(frame.first, "start"), (frame.last, "end")] {
            let moment = Timestamp(milliseconds: Int64(time * 1000)).description
            text += """
                <text x="\(MetricChart.text(x(time)))" y="\(MetricChart.text(bottom + 16))" \
                text-anchor="\(anchor)" fill="#333">\(moment.prefix(19))Z</text>

                """
        }
        return text
    }

    private func x(_ time: Double) -> Double {
        let part = (time - frame.first) / (frame.last - frame.first)
        return Self.left + min(1, max(0, part)) * (Self.right - Self.left)
    }

    private static func seconds(_ moment: Timestamp) -> Double {
        Double(moment.milliseconds) / 1000
    }
}
