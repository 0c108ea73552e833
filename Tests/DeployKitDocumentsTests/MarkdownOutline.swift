// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments

/// A document's block tree in one line, such as `ul(-[ ](p"a"))`.
func outline(_ source: String) -> String {
    let document = MarkdownDocument(source)
    func describe(_ index: Int) -> String {
        let block = document.blocks[index]
        let inner = document.children(of: index).map(describe).joined(separator: " ")
        switch block.kind {
        case .document: return inner
        case .frontMatter: return "front"
        case .heading(let level): return "h\(level)\"\(document.inlines(of: index).text)\""
        case .paragraph: return "p\"\(document.inlines(of: index).text)\""
        case .list(let list):
            let name = list.isOrdered ? "ol\(list.start)" : "ul"
            return "\(name)\(list.isTight ? "" : "~")(\(inner))"
        case .item(nil): return "-(\(inner))"
        case .item(let task?): return "-[\(task.isChecked ? "x" : " ")](\(inner))"
        case .fencedCode(let info):
            return "fence:\(document.text(info))\(quoted(document.code(of: index)))"
        case .indentedCode: return "code\(quoted(document.code(of: index)))"
        case .html: return "html"
        case .comment: return "comment"
        case .table(let rows):
            let cells = rows.map { row in
                document.rows[row].cells.map { document.inlines(ofCell: $0).text }
            }
            return "table\(cells)"
        case .blockQuote: return "quote(\(inner))"
        case .thematicBreak: return "rule"
        case .definitions: return "definitions"
        }
    }
    func quoted(_ text: String) -> String {
        "\"" + text.replacing("\n", with: "/") + "\""
    }
    return describe(0)
}
