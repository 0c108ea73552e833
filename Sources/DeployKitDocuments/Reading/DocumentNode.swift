// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One heading with what stands under it, or a paragraph in bold that serves as one.
struct DocumentNode {
    /// 0 of the document, 1 to 6 of a heading, 7 of a bold paragraph.
    var level: Int
    /// The heading without a status at its end.
    var title: String
    /// The line of the heading, from 1.
    var line: Int
    /// The block of the heading; `nil` for the document.
    var heading: Int?
    /// What it is for.
    var purpose: Purpose = .run
    /// The node above.
    var parent: Int?
    /// The blocks directly below it.
    var blocks: [Int] = []
    /// The nodes directly below it.
    var children: [Int] = []
    /// What a comment right after the heading declares.
    var declaration: Declaration?
    /// The keys of it that have had an effect.
    var usedKeys: Set<String> = []
    /// When it is looked at, counted from the deployment, where the heading says so.
    var window: (start: Duration, length: Duration)?
}
