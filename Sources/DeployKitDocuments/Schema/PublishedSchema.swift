// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A JSON Schema (draft 2020-12) of a form that others write or read.
///
/// What a schema accepts is what the form may look like; whether parts fit together, and whether a
/// text such as `> 95%` is a bound, is for the reader to say.
public enum PublishedSchema: String, Hashable, Sendable, CaseIterable {
    /// The canonical JSON of a checklist.
    case checklist
    /// What `check --json` prints. A later version may add members.
    case report
    /// A line of `entries.jsonl` in an evidence bundle.
    case entry

    /// The schema as a JSON text.
    public var text: String {
        switch self {
        case .checklist: Self.checklistText
        case .report: Self.reportText
        case .entry: Self.entryText
        }
    }
}
