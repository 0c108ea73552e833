// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// YAML, as far as rule files need it.
///
/// Read are: mappings and sequences in block style, indented with spaces; scalars that are plain on
/// one line, in single or double quotes on one line, or in blocks (`|` and `>` with `-` or `+`);
/// mappings and sequences in flow style on one line, of scalars; comments; one `---` at the start.
/// Refused, with the line: tabs as indentation, anchors, aliases, tags, merge keys, `?` keys, several
/// documents, scalars of several lines without a block, and keys that are given twice.
indirect enum RuleYAML: Hashable {
    /// A scalar, as text.
    case scalar(String, line: Int)
    /// Entries in order.
    case sequence([RuleYAML], line: Int)
    /// Members in order.
    case mapping([Member], line: Int)

    /// A key with its value.
    struct Member: Hashable {
        var key: String
        var value: RuleYAML
        var line: Int
    }

    /// The line that it begins in.
    var line: Int {
        switch self {
        case .scalar(_, let line), .sequence(_, let line), .mapping(_, let line): line
        }
    }

    /// Reads the lines of a document or a fence.
    ///
    /// - Throws: ``RuleError`` with the line; an empty document is an empty scalar.
    static func read(_ lines: [(text: String, number: Int)]) throws(RuleError) -> RuleYAML {
        var reader = RuleYAMLReader(lines)
        return try reader.document()
    }
}
