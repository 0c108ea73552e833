// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What paragraphs and headings say beyond their text: emphasis, comments, declarations.
extension ChecklistReader {
    /// The title of a paragraph that is bold as a whole and leads to a list or a fence.
    func boldHeading(_ block: Int) -> String? {
        let inlines = inlines(of: block)
        guard let strong = inlines.spans.first(where: { $0.kind == .strong }),
            strong.textRange.lowerBound == 0
        else { return nil }
        let text = strong.text(in: inlines)
        let rest = inlines.text.utf8.count - strong.textRange.upperBound
        guard rest == 0 || rest == 1 && inlines.text.hasSuffix(":"), !text.isEmpty,
            let next = afterComments(document.blocks[block].nextSibling)
        else { return nil }
        switch document.blocks[next].kind {
        case .list, .fencedCode, .table, .heading: break
        default: return nil
        }
        return Words.withoutStatus(text.hasSuffix(":") ? String(text.dropLast()) : text)
    }

    private func afterComments(_ block: Int?) -> Int? {
        var next = block
        while let index = next, case .comment = document.blocks[index].kind {
            next = document.blocks[index].nextSibling
        }
        return next
    }

    /// The text of inlines without HTML comments.
    func withoutComments(_ inlines: MarkdownInlines) -> String {
        guard inlines.spans.contains(where: { $0.kind == .html }) else {
            return inlines.text.trimmed
        }
        let utf8 = Array(inlines.text.utf8)
        var kept: [UInt8] = []
        var start = 0
        for span in inlines.spans.sorted(by: { $0.textRange.lowerBound < $1.textRange.lowerBound })
        where span.kind == .html && span.text(in: inlines).hasPrefix("<!--") {
            kept += utf8[start..<span.textRange.lowerBound]
            start = span.textRange.upperBound
        }
        return String(decoding: kept + utf8[start...], as: UTF8.self).trimmed
    }

    /// What the comments inside a paragraph or heading declare.
    mutating func inlineDeclaration(of block: Int) -> Declaration? {
        let inlines = inlines(of: block)
        var result: Declaration?
        for span in inlines.spans where span.kind == .html {
            let text = span.text(in: inlines)
            guard Declaration.isOne(text) else { continue }
            let line = document.lineNumber(at: span.range.lowerBound)
            readDeclarations.insert(span.range.lowerBound)
            let declared = Declaration(text, line: line, faults: &faults)
            if result == nil { result = declared } else { result?.add(declared, faults: &faults) }
        }
        return result
    }

    /// What a comment that is a block declares.
    mutating func blockDeclaration(of block: Int) -> Declaration? {
        let text = document.text(document.blocks[block].range)
        guard Declaration.isOne(text) else { return nil }
        readDeclarations.insert(document.blocks[block].range.lowerBound)
        return Declaration(text, line: document.blocks[block].firstLine, faults: &faults)
    }
}

// MARK: Headings and the page

extension ChecklistReader {
    /// The titles of the headings above a node and its own, outermost first.
    func path(of node: Int) -> [String] { headings(of: node).map { nodes[$0].title } }

    /// The nodes of the headings above a node and its own, outermost first.
    func headings(of node: Int) -> [Int] {
        var path: [Int] = []
        path.reserveCapacity(8)
        var current: Int? = node
        while let index = current, nodes[index].level > 0 {
            path.append(index)
            current = nodes[index].parent
        }
        path.reverse()
        return path
    }

    /// The chains that a page speaks of; what write-back put into it says nothing of them.
    static func family(of document: MarkdownDocument) -> Network.Family {
        // Nearly every page is answered by the first look.
        guard evmWords.occurInAnyCase(in: document.source.span) else { return .stellar }
        let text = WriteBack.withoutState(document.source)
        let isEVM = evmWords.occurInAnyCase(in: text.span)
        return isEVM && !stellarWords.occurInAnyCase(in: text.span) ? .evm : .stellar
    }

    private static let stellarWords: PhraseList = ["stellar", "soroban"]
    private static let evmWords: PhraseList = [
        "ethereum", "solidity", "hardhat", "foundry", "etherscan", "evm",
    ]
}
