// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Some blocks of a document, by index.
struct BlockSet {
    private var members: [Bool]

    /// No block of the document.
    init(of document: MarkdownDocument) {
        members = Array(repeating: false, count: document.blocks.count)
    }

    func contains(_ block: Int) -> Bool { members[block] }

    mutating func insert(_ block: Int) { members[block] = true }
}
