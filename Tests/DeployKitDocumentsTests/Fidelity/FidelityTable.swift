// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The measures of reading, each with its limit: what `make fidelity` prints.
struct FidelityTable {
    struct Row {
        var measure: String
        var result: String
        var limit: String
        var isMet: Bool
    }

    private(set) var rows: [Row] = []

    /// A share that must reach a limit in per mille.
    mutating func share(_ measure: String, _ part: Int, of whole: Int, atLeast limit: Int) {
        row(measure, part, whole, ">= \(Self.percent(limit))", part * 1000 >= whole * limit)
    }

    /// A share that must stay below a limit in per mille.
    mutating func share(_ measure: String, _ part: Int, of whole: Int, atMost limit: Int) {
        row(measure, part, whole, "<= \(Self.percent(limit))", part * 1000 <= whole * limit)
    }

    private mutating func row(
        _ measure: String,
        _ part: Int,
        _ whole: Int,
        _ limit: String,
        _ isMet: Bool
    ) {
        // Of nothing, nothing was shown.
        let share = whole == 0 ? "-" : Self.percent(part * 1000 / whole)
        rows.append(
            Row(
                measure: measure,
                result: "\(part) of \(whole) (\(share))",
                limit: limit,
                isMet: whole > 0 && isMet
            )
        )
    }

    private static func percent(_ perMille: Int) -> String {
        perMille.isMultiple(of: 10) ? "\(perMille / 10) %" : "\(perMille / 10).\(perMille % 10) %"
    }

    /// One line for each measure, the word last.
    var text: String {
        rows.map { row in
            "fidelity: " + row.measure.padding(to: 44) + row.result.padding(to: 26)
                + row.limit.padding(to: 12) + (row.isMet ? "met" : "MISSED")
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
