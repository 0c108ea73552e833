// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a rule file cannot be read.
public struct RuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found and what was expected.
    public let message: String
    /// The line, from 1.
    public let line: Int

    /// The line and the message.
    public var description: String { "line \(line): \(message)" }
}
