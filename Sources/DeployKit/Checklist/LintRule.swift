// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A rule that checklists are held to: its name is stable, its severity always the same.
///
/// Rules about a definition alone are listed in ``definition`` and looked at by
/// ``Checklist/findings(directory:)``; a room that reads documents adds rules across their prose.
public struct LintRule: Hashable, Sendable {
    /// How bad it is when the rule is broken.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// It does not do what it says.
        case error
        /// It is likely to go wrong.
        case warning
        /// It is worth knowing.
        case note
    }

    /// The name, in lower case with hyphens.
    public let name: String
    /// How bad it is.
    public let severity: Severity
    /// What breaks the rule, and why that matters, in one sentence.
    public let sentence: String

    /// A rule.
    public init(_ name: String, _ severity: Severity, _ sentence: String) {
        self.name = name
        self.severity = severity
        self.sentence = sentence
    }
}

/// One place where a ``Checklist`` breaks a ``LintRule``.
public struct ChecklistFinding: Hashable, Sendable {
    /// The part that a finding is about.
    @nonexhaustive
    public enum Subject: Hashable, Sendable, CustomStringConvertible {
        /// An item.
        case item(ItemID)
        /// A phase, and what guards it.
        case phase(PhaseID)
        /// A place for signatures.
        case slot(SignOffSlotID)
        /// A way to go back.
        case level(RollbackLevelID)
        /// What calls for going back.
        case trigger(RollbackTriggerID)
        /// A success metric.
        case metric(MetricID)
        /// Commands to look up, by their title.
        case reference(String)

        /// The kind and the name, such as `item/backend/restart`.
        public var description: String {
            switch self {
            case .item(let id): "item/\(id)"
            case .phase(let id): "phase/\(id)"
            case .slot(let id): "sign-off/\(id)"
            case .level(let id): "rollback/\(id)"
            case .trigger(let id): "trigger/\(id)"
            case .metric(let id): "metric/\(id)"
            case .reference(let title): "reference/\(title)"
            }
        }
    }

    /// The rule that is broken.
    public let rule: LintRule
    /// The part that breaks it.
    public let subject: Subject
    /// The line of the part's command, from 1, where the finding is about one.
    public let commandLine: Int?
    /// What was found.
    public let message: String

    init(_ rule: LintRule, _ subject: Subject, commandLine: Int? = nil, _ message: String) {
        self.rule = rule
        self.subject = subject
        self.commandLine = commandLine
        self.message = message
    }
}
