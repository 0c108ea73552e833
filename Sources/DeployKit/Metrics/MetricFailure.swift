// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why there is no answer.
public struct MetricFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure a measurement records of it.
    public let kind: MeasurementErrorKind
    /// What was found and what was expected; never a secret.
    public let message: String

    /// A failure.
    public init(_ kind: MeasurementErrorKind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The kind and the message.
    public var description: String { "\(kind.rawValue): \(message)" }
}
