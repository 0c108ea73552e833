// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How bad a value is, from best to worst.
public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable, JSONConvertible {
    /// The target is satisfied.
    case met
    /// The target is missed and nothing is violated.
    case offTarget
    /// The warning band is violated.
    case warning
    /// The critical band is violated.
    case critical

    /// Tells whether `left` is better.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .met: 0
        case .offTarget: 1
        case .warning: 2
        case .critical: 3
        }
    }
}

/// Why something could not be judged completely.
///
/// The text form is the case's name; an error is `error-` and its kind.
@nonexhaustive
public enum Incompleteness: Hashable, Sendable, Comparable {
    /// Nobody has measured yet.
    case notYetRun
    /// The source had no value: no series, an empty answer.
    case absent
    /// The value was no number: 0 of 0, or a source that said NaN.
    case nan
    /// There were fewer samples than the metric asks for.
    case tooFew
    /// The measurement failed.
    case error(MeasurementErrorKind)
    /// The measuring was ended before it was complete.
    case terminated
    /// The metric is to be compared with how it was before, and nothing is known of that.
    case noBaseline

    /// The text form.
    public var text: String {
        switch self {
        case .notYetRun: "notYetRun"
        case .absent: "absent"
        case .nan: "nan"
        case .tooFew: "tooFew"
        case .error(let kind): "error-\(kind.rawValue)"
        case .terminated: "terminated"
        case .noBaseline: "noBaseline"
        }
    }

    /// Reads the text form; `nil` for any other text.
    public init?(text: String) {
        let plain: [Incompleteness] = [
            .notYetRun, .absent, .nan, .tooFew, .terminated, .noBaseline,
        ]
        let errors = MeasurementErrorKind.allCases.map(Incompleteness.error)
        guard let found = (plain + errors).first(where: { $0.text == text }) else { return nil }
        self = found
    }

    /// Orders reasons by their text.
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// What is known about one or several metrics: the worst severity, and what is missing.
///
/// Verdicts join by (max, union), so neither order nor grouping nor repetition matters. A verdict
/// with something missing is never a success, whatever its severity.
public struct Verdict: Hashable, Sendable {
    /// The worst that was found.
    public let severity: Severity
    /// What is missing; empty when the verdict is complete.
    public let incomplete: Set<Incompleteness>

    /// A verdict.
    public init(_ severity: Severity, incomplete: Set<Incompleteness> = []) {
        self.severity = severity
        self.incomplete = incomplete
    }

    /// Nothing was measured: never a success.
    public static let notYetRun = Verdict(.met, incomplete: [.notYetRun])

    /// Tells whether nothing is missing.
    public var isComplete: Bool { incomplete.isEmpty }

    /// Tells whether the target is met and nothing is missing.
    public var isSuccess: Bool { severity == .met && isComplete }

    /// The worse severity and everything that is missing in either.
    public func joined(with other: Self) -> Self {
        Self(
            max(severity, other.severity),
            incomplete: incomplete.union(other.incomplete)
        )
    }

    /// The join of all verdicts; ``notYetRun`` when there is none, since no metric is no success.
    public static func joined(_ verdicts: some Sequence<Verdict>) -> Verdict {
        verdicts.reduce(nil as Verdict?) { $0?.joined(with: $1) ?? $1 } ?? .notYetRun
    }

    /// What a deployment should do, by the ``DecisionPolicy/standard`` table.
    public var recommendation: Recommendation {
        DecisionPolicy.standard.recommendation(for: self)
    }
}

extension Verdict: JSONConvertible {
    /// An object of the severity and, where something is missing, the reasons by text, ascending.
    public var json: JSONValue {
        .members([
            "severity": severity.json,
            "incomplete": incomplete.sorted().map(\.text).jsonUnlessEmpty,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        severity = try members.required("severity")
        let texts: [String] = try members.list("incomplete")
        try members.finish()
        let reasons = texts.compactMap(Incompleteness.init(text:))
        guard reasons.map(\.text) == texts, Set(reasons).sorted() == reasons else {
            throw JSONError(.value, "the reasons are unknown, repeated or not ascending")
        }
        incomplete = Set(reasons)
    }
}
