// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A threshold as a checklist's prose states it: `Email delivery success rate >95%`,
/// `Alert if > 10/min`, `Zero authentication errors`, `Latência normal (p95 < 500ms)`.
///
/// The grammar: an optional role word and metric, then a comparison (a symbol, or words such as
/// `below`, `at least`, `menos de`, `höchstens`, `以上` after the number), a quantity, and around
/// it a statistic and a window; or the bound first and the metric after it; or `zero`, `no`, `sem`,
/// `keine` … before something countable. A bare `100%`, `50+` or `0-5` counts only after a role
/// word or under a heading about targets, criteria or metrics. A text of more than 4,096 bytes is
/// not read. A later version may read more.
public struct ThresholdPhrase: Hashable, Sendable {
    /// What the threshold is for.
    @nonexhaustive
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// Good when satisfied.
        case target
        /// A warning when satisfied.
        case warning
        /// Critical when satisfied.
        case critical
        /// Somebody is told when satisfied.
        case alert
        /// The usual range.
        case normal
        /// The deployment does not go on when satisfied.
        case stop
        /// The deployment is rolled back when satisfied.
        case rollbackTrigger = "rollback-trigger"
    }

    /// The words for what is measured, from the line or else from the nearest heading.
    public var metric: String?
    /// What the threshold is for.
    public var role: Role
    /// The comparison with its quantity and unit, or the range.
    public var bound: Bound
    /// The statistic that is compared: `p95`, `average`, `median`.
    public var statistic: String?
    /// The time that it is about, as written: `in 5 minutes`, `first week`.
    public var window: String?
    /// Whether it was written as `zero` or `no` rather than as a number.
    public var isZeroForm: Bool

    /// What a line of prose is.
    public enum Reading: Hashable, Sendable {
        /// One or several thresholds, in the order of the line.
        case thresholds([ThresholdPhrase])
        /// A comparison without a number, such as `No increase in error rates`: for a person.
        case qualitative
    }

    /// What stands around a line and decides what its weaker forms mean.
    public struct Context: Hashable, Sendable {
        /// The headings above the line, outermost first, and last the sentence or the list item
        /// that leads to it, such as `Roll back if:`.
        public var headings: [String]
        /// The title of the line's table column, for a cell.
        public var column: String?
        /// Whether the line is a heading itself.
        public var isHeading: Bool

        /// A context.
        public init(headings: [String] = [], column: String? = nil, isHeading: Bool = false) {
            self.headings = headings
            self.column = column
            self.isHeading = isHeading
        }
    }

    /// Reads the text of one block, without its marker, box and emphasis; `nil` when it states no
    /// threshold.
    public static func reading(of text: String, in context: Context = Context()) -> Reading? {
        ThresholdReader.reading(of: text, context)
    }

    /// Reads one row of a table.
    ///
    /// The first cell names the metric. A column titled as a target, a limit or a threshold holds
    /// bounds even without a comparison; a column of actual values holds none.
    public static func reading(
        row cells: [String],
        columns: [String],
        in context: Context = Context()
    ) -> Reading? {
        var phrases: [ThresholdPhrase] = []
        var bounds: Set<Bound> = []
        var isQualitative = false
        for (index, cell) in cells.enumerated()
        where ThresholdReader.mayHold(cell, inColumn: true) {
            let column = columns[safe: index]
            if index > 0, let column, ThresholdWords.isActual(column) { continue }
            let place = Context(headings: context.headings, column: index == 0 ? nil : column)
            switch ThresholdReader.reading(of: cell, place) {
            case .thresholds(let found):
                let name = ThresholdReader.cleaned(cells[0])
                for var phrase in found {
                    if index > 0 {
                        phrase.metric = name.isEmpty ? phrase.metric : name
                        phrase.statistic =
                            phrase.statistic ?? ThresholdReader(cells[0], place).statistic
                        if bounds.contains(phrase.bound) { continue }
                    }
                    bounds.insert(phrase.bound)
                    phrases.append(phrase)
                }
            case .qualitative: isQualitative = true
            case nil: break
            }
        }
        guard phrases.isEmpty else { return .thresholds(phrases) }
        return isQualitative ? .qualitative : nil
    }
}
