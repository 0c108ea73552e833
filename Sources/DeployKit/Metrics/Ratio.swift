// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A part and the whole it was counted against, kept apart so that nothing is rounded.
public struct Ratio: Hashable, Sendable {
    /// The part; 0 or more.
    public let numerator: ExactDecimal
    /// The whole; 0 or more. Over 0 there is no ratio.
    public let denominator: ExactDecimal

    /// The ratio of a part to a whole.
    ///
    /// - Throws: ``MetricError``, code `value`, when one of them is negative.
    public init(_ numerator: ExactDecimal, of denominator: ExactDecimal) throws(MetricError) {
        guard !numerator.isNegative, !denominator.isNegative else {
            throw MetricError(.value, "\(numerator) of \(denominator) counts below zero")
        }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// How the ratio stands to a limit, by multiplication crosswise.
    package func order(to limit: Quantity) throws(MetricError) -> Order {
        guard limit.unit.dimension == .ratio else {
            throw MetricError(.dimension, "a ratio does not compare with '\(limit)'")
        }
        return ExactDecimal.order(
            of: [numerator, limit.unit.denominator],
            and: [denominator, limit.magnitude, limit.unit.numerator]
        )
    }
}

extension Ratio: JSONConvertible {
    /// An object of two decimals.
    public var json: JSONValue {
        .members(["numerator": numerator.json, "denominator": denominator.json])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let numerator: ExactDecimal = try members.required("numerator")
        let denominator: ExactDecimal = try members.required("denominator")
        try members.finish()
        do {
            try self.init(numerator, of: denominator)
        } catch {
            throw error.inJSON
        }
    }
}
