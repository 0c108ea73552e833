// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why an effect could not be attempted, or why its outcome could not be found out.
///
/// A command that ran and failed is no error: it is a ``CommandOutcome``.
public struct RunnerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// No such program.
        case notFound = "runner-not-found"
        /// The file is there, but may not or cannot be executed.
        case notExecutable = "runner-not-executable"
        /// The working directory is missing, is no directory, or may not be entered.
        case badDirectory = "runner-bad-directory"
        /// What was asked is contradictory or cannot be expressed, such as a NUL in an argument.
        case invalid = "runner-invalid"
        /// The system refused: processes, descriptors or memory ran out.
        case system = "runner-system"
        /// A secret is too short to be kept out of the output.
        case secretTooShort = "runner-secret-too-short"
        /// A secret is absent, or its source may not be used.
        case secretUnavailable = "runner-secret-unavailable"
        /// A command holds a placeholder that nothing gives a value.
        case placeholderUnbound = "runner-placeholder-unbound"
        /// A command or a request reads a variable that nothing gives a value.
        case variableUnbound = "runner-variable-unbound"
        /// A command or a request reads what another item leaves, and that item is not done before.
        case outputUnwritten = "runner-output-unwritten"
        /// Items wait for each other in a circle.
        case dependencyCycle = "runner-dependency-cycle"
        /// Another process holds the lock of this attempt.
        case locked = "runner-locked"
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was found and what was expected; never a secret.
    public let message: String

    /// A failure of a kind, with its sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
