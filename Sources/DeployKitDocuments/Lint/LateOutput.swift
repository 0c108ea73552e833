// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// `output-read-before-written` in the fences of a page: a script reads a variable that only a
/// later fence fills with the output of a command.
///
/// Whoever pastes the fences in their order runs the first with nothing in the variable, or with
/// what is left of the last deployment. A variable that the page lists as a setting, or that an
/// earlier line sets, is none of these.
enum LateOutput: ProseRule {
    static let rule = LintRule.outputReadBeforeWritten

    static func check(_ context: LintContext, _ report: (Int, String) -> Void) {
        let reader = context.reader
        var known = Set(reader.variableLines.map(\.name))
        var pending: [String: Int] = [:]
        for (index, block) in reader.document.blocks.enumerated() {
            guard case .fencedCode = block.kind,
                ChecklistReader.shells.contains(reader.language(of: index))
            else { continue }
            let script = reader.document.code(of: index)
            guard
                script.utf8.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "=") })
            else { continue }
            let first = reader.document.lines(of: index).first?.number ?? block.firstLine
            for read in ShellVariables.reads(in: script)
            where !known.contains(read.name) && pending[read.name] == nil {
                pending[read.name] = first + read.line - 1
            }
            for (write, isOutput) in ShellVariables.writes(in: script)
            where known.insert(write.name).inserted {
                guard isOutput, let line = pending[write.name], line < first else { continue }
                report(
                    line,
                    "'\(write.name)' is read here and written only on line "
                        + "\(first + write.line - 1)"
                )
            }
        }
    }
}
