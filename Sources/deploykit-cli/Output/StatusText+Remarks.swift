// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension StatusText {
    private static let mostLines = 3

    /// What was said of an item that failed or is in doubt, and the end of what its command said:
    /// whoever is called at night needs it here.
    func remark(on entry: Outline.Entry, _ progress: ItemProgress?) -> [String] {
        guard let progress else { return [] }
        switch progress.state {
        case .failed, .inDoubt: break
        default: return []
        }
        let indent = String(repeating: " ", count: 2 * entry.depth + 4)
        return (note(of: progress, indent) + output(of: progress, indent)).map {
            console.styled($0, .dim)
        }
    }

    private func note(of progress: ItemProgress, _ indent: String) -> [String] {
        guard let note = progress.note.flatMap({ notes[$0.digest] }) else { return [] }
        // The status stands beside the title already.
        if case .exited(let status)? = progress.cause, note == "exit status \(status)" { return [] }
        let lines = note.visible.wrapped(to: width, indent: indent).split(separator: "\n")
        return lines.prefix(Self.mostLines).map(String.init)
            + (lines.count > Self.mostLines ? ["\(indent)…"] : [])
    }

    private func output(of progress: ItemProgress, _ indent: String) -> [String] {
        guard let output = progress.output.flatMap({ notes[$0.digest] }) else { return [] }
        return output.split(whereSeparator: \.isNewline).suffix(Self.mostLines).map { line in
            "\(indent)│ \(String(line).visible)".cut(to: width)
        }
    }
}
