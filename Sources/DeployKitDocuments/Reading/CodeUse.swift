// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a code block of a checklist is there for.
@nonexhaustive
public enum CodeUse: String, Hashable, Sendable {
    /// A script or query that can be run once its placeholders have values.
    case executable
    /// What a person is to do: comments alone, numbered sentences, boxes, or lines for the prompt of
    /// another program. Running it would do nothing and prove nothing.
    case instructions
    /// Settings: `NAME=value`, or the names alone.
    case environment
    /// What is shown to be read: output, names, addresses, forms, data.
    case output
}
