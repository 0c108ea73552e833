// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a deployment should do about a verdict.
@nonexhaustive
public enum Recommendation: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Go on.
    case promote
    /// Go on, with a note or a sign-off that the target was missed.
    case promoteWithNote
    /// Wait, or go on with a sign-off: there is a warning.
    case hold
    /// Wait, or go on with a sign-off: it could not be decided.
    case inconclusive
    /// Roll back as the triggers say; what is missing does not matter any more.
    case rollBack
}
