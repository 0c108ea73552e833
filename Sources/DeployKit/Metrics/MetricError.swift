// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a number, a unit or a bound was refused.
public struct MetricError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// The text is no number, quantity, unit or bound.
        case syntax = "metric-syntax"
        /// The exact result needs more than 38 digits.
        case overflow = "metric-overflow"
        /// The result has no finite decimal form, such as 10 per hour in events per minute.
        case inexact = "metric-inexact"
        /// Two quantities measure different things, such as seconds and bytes.
        case dimension = "metric-dimension"
        /// A value is out of the range that has a meaning.
        case value = "metric-value"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String

    /// A refusal with its sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The same refusal while JSON is read.
    package var inJSON: JSONError { JSONError(.value, message) }
}
