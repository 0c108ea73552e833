// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a declaration speaks of, on a page that declares everything; the keys that have a meaning
/// there, beside `kind` and `json`, and the members that they give a part.
enum DeclarationSite: String, CaseIterable {
    /// The page as a whole.
    case page
    /// A heading that opens a phase.
    case phase
    /// A heading that opens a section.
    case section
    /// A heading that opens a level of the rollback plan.
    case level
    /// A heading above commands to look up.
    case reference
    /// A heading above the rollback plan.
    case rollback
    /// A task that is an item of a run.
    case item
    /// A line for a signature.
    case slot
    /// A line that the deployment fills in.
    case field
    /// A line for the ID of a contract.
    case contract
    /// A step of a level.
    case step
    /// What shows that going back has worked.
    case verification
    /// What calls for going back.
    case trigger

    /// How a value is written in JSON.
    enum Form {
        /// As a text.
        case text
        /// The parts between commas as texts.
        case list
        /// The whole as the only one of a list of texts.
        case only
        /// `true` or `false`.
        case flag
        /// A number.
        case number
        /// A time such as `5m` in milliseconds.
        case duration
    }

    /// A key, the member that it gives, and how its value is written there.
    struct Key {
        var key: String
        var member: String
        var form: Form

        init(_ key: String, _ member: String? = nil, _ form: Form = .text) {
            self.key = key
            self.member = member ?? key
            self.form = form
        }
    }

    /// The keys of a part, in the order in which they are written.
    var keys: [Key] {
        let id = Key("id")
        let scope = Key("environment", "scope", .list)
        let hooks = Key("hook", "hooks", .list)
        switch self {
        case .page, .reference, .rollback: return []
        case .step, .verification:
            return [
                Key("effect"), Key("compensates"), Key("timeout", nil, .duration), Key("when"),
                Key("secrets", nil, .list), Key("inherit", "inherits", .list),
                Key("cwd", "directory"),
            ]
        case .phase: return [id, scope, Key("concurrency", nil, .number), hooks]
        case .section: return [id, scope]
        case .level, .field: return [id]
        case .contract: return [Key("id", "name")]
        case .slot: return [id, Key("gate")]
        case .trigger:
            return [
                id, Key("metric"), Key("suite"), Key("item"), Key("level"),
                Key("trigger", "policy"),
            ]
        case .item:
            return [
                id, Key("effect"), Key("timeout", nil, .duration), scope, Key("when"),
                Key("after", nil, .list), Key("secrets", nil, .list),
                Key("inherit", "inherits", .list), Key("cwd", "directory"), Key("suite"),
                Key("check"),
                Key("waivable", "isWaivable", .flag), Key("cleanup", "isCleanup", .flag),
                Key("evidence", nil, .only), hooks,
            ]
        }
    }

    /// The keys that belong to the kind of an item.
    static let kindKeys = [Key("metric"), Key("capture", "slot")]

    /// The site of a heading of this kind.
    init?(heading kind: String) {
        guard let site = Self(rawValue: kind),
            [.phase, .section, .level, .reference, .rollback].contains(site)
        else { return nil }
        self = site
    }
}
