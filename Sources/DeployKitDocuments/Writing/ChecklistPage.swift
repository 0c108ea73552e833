// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// A checklist as a Markdown page that declares everything, so that nothing is guessed when it is
/// read: for a checklist that was written in Swift or JSON, or inferred from another page.
///
/// - The page reads as a checklist of the same `Checklist.hash`.
/// - It has a box for every item, a line to fill in for every sign-off slot, field and contract, and
///   so takes the state of a deployment (``WriteBack``).
/// - What runs is seen: commands and probes stand in fences, never in comments.
/// - The form is that of ``ChecklistDocument`` with `inference: none` in the front matter; keys of
///   comments are written in a fixed order, and the same checklist always gives the same bytes.
public struct ChecklistPage: Sendable {
    /// The page.
    public let bytes: [UInt8]

    /// Writes a checklist.
    ///
    /// - Throws: ``DocumentError`` when the page would exceed the limits of a document, or when two
    ///   items have the same id, which no page can hold.
    public init(of checklist: Checklist) throws(DocumentError) {
        var writer = PageWriter()
        writer.write(checklist)
        bytes = Array(writer.text.utf8)
        let read = try ChecklistDocument(markdown: bytes).checklist
        if let place = Self.difference(checklist.json, read.json) {
            throw DocumentError(
                .declaration,
                "no page can hold what stands at \(place.joined(separator: ".")); nothing is written",
                line: 1
            )
        }
    }

    // Where two values differ first, outermost first; `nil` for equal ones.
    private static func difference(_ left: JSONValue, _ right: JSONValue) -> [String]? {
        guard left != right else { return nil }
        switch (left, right) {
        case (.object(let left), .object(let right)):
            for name in left.map(\.name) + right.map(\.name) {
                guard let one = left[name], let other = right[name] else { return [name] }
                if let inner = difference(one, other) { return [name] + inner }
            }
        case (.array(let left), .array(let right)):
            for (index, pair) in zip(left, right).enumerated() {
                if let inner = difference(pair.0, pair.1) { return ["\(index)"] + inner }
            }
            return ["\(min(left.count, right.count))"]
        default: break
        }
        return []
    }
}
