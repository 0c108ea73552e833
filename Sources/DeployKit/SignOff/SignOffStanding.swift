// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Whether a sign-off counts, and if not, why.
@nonexhaustive
public enum SignOffStanding: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// It counts.
    case counts
    /// Nobody approved: it rejects, or abstains.
    case noApproval = "no-approval"
    /// It is about another deployment, checklist or subject than this one.
    case otherSubject = "other-subject"
    /// The checklist was amended afterwards.
    case checklistAmended = "checklist-amended"
    /// The contracts are not those that the person saw.
    case contractsChanged = "contracts-changed"
    /// An item that the gate rests on was opened again afterwards.
    case itemReopened = "item-reopened"
    /// The key was revoked as of a moment before it signed.
    case keyRevoked = "key-revoked"
    /// It is older than the rule lets an approval be.
    case expired
    /// The rule asks for the signature of a key, and there is none.
    case unsigned
    /// The person asked for the deployment or did items of it, and may not sign.
    case excluded
    /// The rule does not let the person sign.
    case notEligible = "not-eligible"

    /// Why what counted once does so no more, in a few words that follow on "signed by lena"; the
    /// same person may sign again. `nil` for the other standings.
    public var lapse: String? {
        switch self {
        case .checklistAmended: "before the checklist was amended"
        case .contractsChanged: "before the contracts changed"
        case .itemReopened: "before an item was opened again"
        case .keyRevoked: "with a key that was revoked"
        case .expired: "too long ago"
        case .counts, .noApproval, .otherSubject, .unsigned, .excluded, .notEligible: nil
        }
    }
}
