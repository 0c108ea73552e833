// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Testing

/// Measures the reader on hand-labelled checklists where they are at hand: in the folder that
/// `DEPLOYKIT_CORPUS` names, or `../shared/corpus` beside the checkout.
@Suite struct ThresholdCorpusTests {
    private static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS"]
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let candidates = [
            environment.map { URL(fileURLWithPath: $0) },
            checkout.appendingPathComponent("../shared/corpus"),
            checkout.appendingPathComponent("../../shared/corpus"),
        ]
        return candidates.compactMap(\.self).first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("labels.jsonl").path)
        }
    }()

    struct Label {
        let line: Int
        let kind: String
        let operation: String?
        let values: [Double]
        let unit: String
        let role: String
        let raw: String
    }

    @Test func findsTheLabelledThresholds() throws {
        guard let folder = Self.folder else {
            print("corpus absent: thresholds are not measured")
            return
        }
        var (numeric, found, exact, flagged, wrong, zeros, zeroFound) = (0, 0, 0, 0, 0, 0, 0)
        var report: [String] = []
        for (number, labels) in try Self.labels(in: folder) {
            let name = String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number).md"
            let text = try String(
                contentsOf: folder.appendingPathComponent(name),
                encoding: .utf8
            )
            let readings = PlainLines(text).readings
            for label in labels {
                let reading = readings[label.line]
                var phrases: [ThresholdPhrase] = []
                if case .thresholds(let list)? = reading { phrases = list }
                switch label.kind {
                case "num":
                    numeric += 1
                    let hits = phrases.filter { Self.agrees($0, label) }
                    found += hits.isEmpty ? 0 : 1
                    let isExact = hits.contains { Self.roles(label.role).contains($0.role) }
                    exact += isExact ? 1 : 0
                    if !isExact {
                        let got = phrases.map { "\($0.role.rawValue) \($0.bound)" }
                        report.append("\(number):\(label.line) \(label.role) \(label.raw) \(got)")
                    }
                case "zero":
                    zeros += 1
                    zeroFound += phrases.contains(where: \.isZeroForm) ? 1 : 0
                default:
                    #expect(phrases.allSatisfy { $0.isZeroForm }, "\(number):\(label.line)")
                }
            }
            let known = Dictionary(grouping: labels, by: \.line)
            for (line, reading) in readings.sorted(by: { $0.key < $1.key }) {
                guard case .thresholds(let list) = reading, !list.allSatisfy(\.isZeroForm) else {
                    continue
                }
                flagged += 1
                guard known[line] == nil else { continue }
                wrong += 1
                report.append("extra \(number):\(line) \(list.map { "\($0.role) \($0.bound)" })")
            }
        }
        print(report.joined(separator: "\n"))
        print(
            "thresholds: \(exact) of \(numeric) with role, \(found) without;",
            "\(flagged - wrong) of \(flagged) lines right; zero forms \(zeroFound) of \(zeros)"
        )
        #expect(Double(exact) >= 0.95 * Double(numeric))
        #expect(Double(flagged - wrong) >= 0.92 * Double(flagged))
    }

    static func agrees(_ phrase: ThresholdPhrase, _ label: Label) -> Bool {
        let limits: [Quantity]
        switch phrase.bound {
        case .compare(let comparison, let limit):
            guard comparison.rawValue == label.operation else { return false }
            limits = [limit]
        case .within(let range):
            guard label.operation == "range" else { return false }
            limits = [range.lower, range.upper]
        case .outside: return false
        }
        let values = limits.compactMap { Double($0.magnitude.description) }
        return values == label.values && limits.allSatisfy { agrees($0.unit, label.unit) }
    }

    private static func agrees(_ unit: DeployKit.Unit, _ label: String) -> Bool {
        switch label {
        case "/min", "%", "s", "ms", "h", "min": return unit.symbol == label
        case "/hour": return unit == .perHour
        case "x baseline": return unit == .times
        case "/5.0": return unit.symbol == "/5"
        case "": return unit == .number || unit.dimension == .count
        default: return unit.dimension == .count
        }
    }

    static func roles(_ label: String) -> Set<ThresholdPhrase.Role> {
        switch label {
        case "no-go": [.stop]
        // Labels that say what a value leads to, for which there is no role.
        case "condition", "no-rollback": Set(ThresholdPhrase.Role.allCases)
        default: Set([ThresholdPhrase.Role(rawValue: label)].compactMap(\.self))
        }
    }

    private static func labels(in folder: URL) throws -> [(Int, [Label])] {
        let text = try String(
            contentsOf: folder.appendingPathComponent("labels.jsonl"),
            encoding: .utf8
        )
        return try text.split(separator: "\n").map { line in
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            return (object["n"] as? Int ?? 0, labels(of: object))
        }
    }

    /// The labels of one file.
    static func labels(of object: [String: Any]) -> [Label] {
        let entries = object["thresholds"] as? [[String: Any]] ?? []
        return entries.map { entry in
            Label(
                line: entry["line"] as? Int ?? 0,
                kind: entry["class"] as? String ?? "",
                operation: entry["op"] as? String,
                values: entry["value"] as? [Double]
                    ?? [entry["value"] as? Double].compactMap(\.self),
                unit: entry["unit"] as? String ?? "",
                role: entry["role"] as? String ?? "",
                raw: entry["raw"] as? String ?? ""
            )
        }
    }
}

/// A plain view of Markdown lines, enough to measure on: headings, lead-ins, lists and tables.
private struct PlainLines {
    var readings: [Int: ThresholdPhrase.Reading] = [:]

    init(_ text: String) {
        var headings: [(level: Int, text: String)] = []
        var leadIn: String?
        var fence: String?
        var columns: [String]?
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, raw) in lines.enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces)
            if let open = fence {
                if line.hasPrefix(open) { fence = nil }
                continue
            }
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                fence = String(line.prefix(3))
                continue
            }
            let level = line.prefix { $0 == "#" }.count
            let isHeading = level > 0 && line.dropFirst(level).hasPrefix(" ")
            let isBold = line.hasPrefix("**") && (line.hasSuffix("**") || line.hasSuffix("**:"))
            let plain = Self.plain(line)
            var context = headings.map(\.text)
            if let leadIn { context.append(leadIn) }
            let place = ThresholdPhrase.Context(headings: context, isHeading: isHeading)
            if line.hasPrefix("|") {
                let cells = line.dropFirst().split(separator: "|", omittingEmptySubsequences: false)
                    .dropLast().map {
                        $0.replacingOccurrences(of: "**", with: "")
                            .trimmingCharacters(in: .whitespaces)
                    }
                if columns == nil {
                    columns = cells
                } else if cells.allSatisfy({ $0.allSatisfy { "-: ".contains($0) } }) {
                    continue
                } else {
                    readings[index + 1] = ThresholdPhrase.reading(
                        row: cells,
                        columns: columns ?? [],
                        in: place
                    )
                }
                continue
            }
            columns = nil
            guard !line.isEmpty else { continue }
            if isHeading {
                headings.removeAll { $0.level >= level }
                leadIn = nil
            }
            readings[index + 1] = ThresholdPhrase.reading(of: plain, in: place)
            if isHeading {
                headings.append((level, plain))
            } else if plain.hasSuffix(":") || isBold, raw.first != " " || leadIn == nil {
                leadIn = plain
            }
        }
    }

    private static func plain(_ line: String) -> String {
        var text = Substring(line)
        while text.hasPrefix("> ") { text = text.dropFirst(2) }
        text = text.drop { $0 == "#" }
        for marker in ["- ", "* ", "+ "] where text.hasPrefix(marker) { text = text.dropFirst(2) }
        let digits = text.prefix { $0.isNumber }
        if !digits.isEmpty, text.dropFirst(digits.count).hasPrefix(". ") {
            text = text.dropFirst(digits.count + 2)
        }
        for box in ["[ ] ", "[x] ", "[X] ", "[ ] "] where text.hasPrefix(box) {
            text = text.dropFirst(4)
        }
        return text.replacingOccurrences(of: "**", with: "")
            .trimmingCharacters(in: .whitespaces)
    }
}
