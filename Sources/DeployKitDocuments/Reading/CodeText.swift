// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A code block as the rules look at it, again and again.
struct CodeText {
    /// The language of a fence in lower case; empty where none is given.
    let language: String
    /// The lines that are not blank, without white space around them.
    let lines: [String]
    /// Those that do something.
    let commandLines: [String]
    /// Whether the block is settings, `NAME=value` line by line.
    let isEnvironment: Bool
    /// What the block is there for.
    let use: CodeUse
    /// Whether one of its commands destroys what cannot be brought back.
    let isDestructive: Bool

    /// Reads a block; `nil` when it is no code.
    init?(_ block: Int, of document: MarkdownDocument) {
        switch document.blocks[block].kind {
        case .fencedCode(let info):
            let text = document.text(info).lowercased()
            let isWord = text.utf8.allSatisfy { WordCharacters.letters.contains($0) }
            language =
                isWord ? text : text.prefix { !$0.isWhitespace && $0 != "{" }.trimmed
        case .indentedCode: language = ""
        default: return nil
        }
        lines = document.lines(of: block).map { document.text($0.range).trimmed }.filter {
            !$0.isEmpty
        }
        commandLines = lines.filter { line in
            !line.hasPrefix("#") && !(line.hasPrefix("--") && line.dropFirst(2).first == " ")
        }
        isEnvironment =
            !commandLines.isEmpty
            && commandLines.allSatisfy { ChecklistReader.assignment($0) != nil }
        use = Self.use(
            language: language,
            lines: lines,
            commandLines: commandLines,
            isEnvironment: isEnvironment
        )
        isDestructive =
            (use == .executable || use == .instructions)
            && commandLines.contains(where: DestructiveCommand.isOne)
    }

    /// The code blocks of a document by index.
    static func all(of document: MarkdownDocument) -> [Int: CodeText] {
        var result: [Int: CodeText] = [:]
        for (index, block) in document.blocks.enumerated() {
            switch block.kind {
            case .fencedCode, .indentedCode: result[index] = CodeText(index, of: document)
            default: break
            }
        }
        return result
    }
}
