// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Why an answer gives no value, as opposed to saying that there is none.
public struct AnswerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure a measurement records of it.
    public let kind: MeasurementErrorKind
    /// What was found and what was expected.
    public let message: String
    /// The line of the answer, from 1, where it has lines.
    public let line: Int?

    init(_ kind: MeasurementErrorKind, _ message: String, line: Int? = nil) {
        self.kind = kind
        self.message = message
        self.line = line
    }

    /// The line, where there is one, and the message.
    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}
