// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Prompts such as "_Document any issues and how they were resolved_" below "Issues Encountered":
/// a field of that name, to be filled in where the prompt stands.
extension ChecklistReader {
    /// Reads a paragraph of one line that is a prompt as a whole, in emphasis or brackets, or a code
    /// block with such a line alone. In code the field has no blank: a comment would show there.
    ///
    /// - Returns: Whether the block is one.
    mutating func readPrompt(_ block: Int, in node: Int) -> Bool {
        guard nodes[node].level > 0, document.lines(of: block).count == 1,
            let line = document.lines(of: block).first,
            Self.promptTitles.occur(in: nodes[node].title.lowercased()),
            let inner = promptRange(line.range)
        else { return false }
        switch document.blocks[block].kind {
        case .paragraph:
            let id = addPrompt(in: node)
            addBlank(.init(target: .field(id), range: inner, line: line.number))
        case .fencedCode: _ = addPrompt(in: node)
        default: return false
        }
        understood.insert(block)
        return true
    }

    private mutating func addPrompt(in node: Int) -> FieldID {
        let title = nodes[node].title
        let id = FieldID(fieldNames.name(Naming.slug(title)))
        fields.append(Field(id: id, title: title, group: above(node)))
        return id
    }

    private func above(_ node: Int) -> String? {
        nodes[node].parent.flatMap { nodes[$0].level > 0 ? nodes[$0].title : nil }
    }

    /// What stands between the marks of a prompt, filled in or not.
    private func promptRange(_ line: Range<Int>) -> Range<Int>? {
        guard line.count > 2, let first = document.source[line].first,
            let last = document.source[line].last, Self.marks[first] == last
        else { return nil }
        let inner = line.lowerBound + 1..<line.upperBound - 1
        let prompt = FilledBlank(inner, in: document.source)?.blank ?? Array(document.source[inner])
        let text = String(decoding: prompt, as: UTF8.self).lowercased()
        // What cannot stand in a comment could not be kept there.
        guard !text.holds("--"), !text.holds("<"), !text.holds(">"), Self.prompts.begin(text) else {
            return nil
        }
        return inner
    }

    private static let marks: [UInt8: UInt8] = [
        UInt8(ascii: "_"): UInt8(ascii: "_"), UInt8(ascii: "*"): UInt8(ascii: "*"),
        UInt8(ascii: "["): UInt8(ascii: "]"),
    ]
    private static let promptTitles: PhraseList = [
        "issue", "problem", "lesson", "note", "observation", "remark", "comment", "follow-up",
        "follow up", "incident", "summary", "result", "resolution", "anmerkung", "notiz",
        "erkenntnis",
        "notas", "lecciones", "observaciones", "lições", "observações", "remarques", "problème",
        "备注", "备考", "备忘", "問題", "问题", "教訓", "备注",
    ]
    private static let prompts: PhraseList = [
        "document ", "describe ", "list ", "add ", "record ", "any ", "additional ", "enter ",
        "write ", "note ", "fill in", "insert ", "summarize ", "summarise ", "beschreib", "hier ",
        "documentar ", "describir ", "descrever ", "anote ", "décri", "记录", "記入", "填写",
    ]
}
