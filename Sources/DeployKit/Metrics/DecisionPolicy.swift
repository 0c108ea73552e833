// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The decision table: what to do for each severity, complete or not. It is data, so that a
/// recorded decision names the table that it was made by.
public struct DecisionPolicy: Hashable, Sendable {
    /// What to do about one severity.
    public struct Row: Hashable, Sendable {
        /// When nothing is missing.
        public let complete: Recommendation
        /// When something is.
        public let incomplete: Recommendation

        /// A row.
        public init(complete: Recommendation, incomplete: Recommendation) {
            self.complete = complete
            self.incomplete = incomplete
        }
    }

    private let rows: [Severity: Row]

    /// A table.
    ///
    /// - Throws: ``MetricError``, code `value`, for a severity without a row, and for a row that
    ///   would go on although something is missing: what was not measured is never a success.
    public init(_ rows: [Severity: Row]) throws(MetricError) {
        for severity in Severity.allCases {
            guard let row = rows[severity] else {
                throw MetricError(.value, "the table has no row for '\(severity.rawValue)'")
            }
            guard row.incomplete != .promote, row.incomplete != .promoteWithNote else {
                throw MetricError(
                    .value,
                    "'\(severity.rawValue)' goes on although something is missing"
                )
            }
        }
        self.init(unchecked: rows)
    }

    private init(unchecked rows: [Severity: Row]) {
        self.rows = rows
    }

    /// The usual table: critical rolls back and a warning holds, complete or not; otherwise what is
    /// missing makes it inconclusive.
    public static let standard = DecisionPolicy(unchecked: [
        .met: Row(complete: .promote, incomplete: .inconclusive),
        .offTarget: Row(complete: .promoteWithNote, incomplete: .inconclusive),
        .warning: Row(complete: .hold, incomplete: .hold),
        .critical: Row(complete: .rollBack, incomplete: .rollBack),
    ])

    /// What to do about a verdict.
    public func recommendation(for verdict: Verdict) -> Recommendation {
        guard let row = rows[verdict.severity] else { return .inconclusive }
        return verdict.isComplete ? row.complete : row.incomplete
    }

    /// SHA-256 of the canonical JSON.
    public var digest: Digest { SHA256.digest(of: json.canonicalBytes) }
}

extension DecisionPolicy: JSONConvertible {
    /// An object with a member for each severity: an object of `complete` and `incomplete`.
    public var json: JSONValue {
        var members = JSONObject()
        for (severity, row) in rows {
            members[severity.rawValue] = .members([
                "complete": row.complete.json, "incomplete": row.incomplete.json,
            ])
        }
        return .object(members)
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        var rows: [Severity: Row] = [:]
        for severity in Severity.allCases {
            var row = try JSONMembers(try members.required(severity.rawValue, as: JSONValue.self))
            rows[severity] = Row(
                complete: try row.required("complete"),
                incomplete: try row.required("incomplete")
            )
            try row.finish()
        }
        try members.finish()
        do {
            try self.init(rows)
        } catch {
            throw error.inJSON
        }
    }
}
