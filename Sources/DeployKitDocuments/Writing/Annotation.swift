// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A copy of a page in which everything is declared that was inferred from it.
///
/// Declared are the ids and kinds of items, the ids and environments of phases and sections, the ids
/// of rollback levels and triggers, those of lines for signatures, the fields that lines are for, and
/// what the sign-offs of a section guard: whatever the grammar of ``ChecklistDocument`` has a key for. Later wordings of the page, and later versions of the
/// reader, then understand the same.
///
/// - The copy differs from the page by comments alone: one at the end of an item's first paragraph,
///   or on a line of its own below a heading. All other bytes are the page's.
/// - The copy reads as the same `Checklist`, but that its scopes are no guesses any more:
///   `Checklist.infersScopes` is false where a scope was declared. The hashes are equal when the
///   page had no scopes to declare.
/// - The annotation of the copy inserts nothing.
///
/// A line `Label: ____` whose field is declared may be filled in by hand: it reads as the same blank,
/// whereas without the declaration `Label: value` is prose like any other.
///
/// What has no place for a comment stays inferred: fences and tables that are items by themselves,
/// and the title of the page.
public struct Annotation: Sendable {
    /// The copy.
    public let bytes: [UInt8]
    /// How many comments were inserted.
    public let count: Int

    /// Annotates a page.
    ///
    /// - Throws: ``DocumentError`` when the bytes are no document within the limits, or with all
    ///   faults of its declarations.
    public init(of bytes: [UInt8]) throws(DocumentError) {
        let reader = try ChecklistDocument.reader(of: bytes, notingSites: true)
        let insertions = Self.insertions(of: reader)
        var copy: [UInt8] = []
        var offset = 0
        for insertion in insertions {
            copy += bytes[offset..<insertion.offset]
            copy += Array(insertion.text.utf8)
            offset = insertion.offset
        }
        copy += bytes[offset...]
        let after = try ChecklistDocument.reader(of: copy).checklist
        guard Self.meansTheSame(reader.checklist, after) else {
            throw DocumentError(
                .declaration,
                "a declaration would change what is understood of the page; nothing is written",
                line: 1
            )
        }
        self.bytes = copy
        count = insertions.count
    }

    private static func meansTheSame(_ page: Checklist, _ copy: Checklist) -> Bool {
        guard case .object(var before) = page.json, case .object(var after) = copy.json else {
            return false
        }
        before["infersScopes"] = nil
        after["infersScopes"] = nil
        return before == after
    }

    private struct Insertion {
        var offset: Int
        var text: String
    }

    // MARK: Places

    private static func insertions(of reader: ChecklistReader) -> [Insertion] {
        var keys: [ChecklistReader.Site.Place: [(key: String, value: String)]] = [:]
        var places: [ChecklistReader.Site.Place] = []
        for site in reader.sites + gates(of: reader) {
            if keys[site.place] == nil { places.append(site.place) }
            for (key, value) in site.keys
            where keys[site.place, default: []].allSatisfy({ $0.key != key }) {
                keys[site.place, default: []].append((key, value))
            }
        }
        return places.compactMap { place -> Insertion? in
            let pairs = keys[place, default: []].compactMap { pair($0.key, $0.value) }
            guard !pairs.isEmpty else { return nil }
            let comment = "<!-- deploykit: \(pairs.joined(separator: " ")) -->"
            switch place {
            case .item(let block): return inside(block, comment, reader.document)
            case .heading(let node): return below(reader.nodes[node], comment, reader.document)
            case .line(let block, let number):
                return atEnd(ofLine: number, in: block, comment, reader.document)
            }
        }.sorted { $0.offset < $1.offset }
    }

    // `key=value`; a value that the grammar cannot hold stays inferred.
    private static func pair(_ key: String, _ value: String) -> String? {
        guard !value.isEmpty, !value.contains("\""), !value.contains("--") else { return nil }
        return value.contains(where: \.isWhitespace) ? "\(key)=\"\(value)\"" : "\(key)=\(value)"
    }

    // What the sign-offs below each heading guard, unless it or one above declares that. A phase
    // declares conditions with the same key and is left alone.
    private static func gates(of reader: ChecklistReader) -> [ChecklistReader.Site] {
        let phases = Set(reader.sites.filter(\.isPhase).map(\.place))
        return reader.slots.compactMap { slot in
            guard let node = reader.nodeOfSlot[slot.id], !phases.contains(.heading(node)),
                !declaresGate(node, reader)
            else { return nil }
            let value =
                switch slot.gate {
                case .completion: "completion"
                case .closure: "closure"
                case .phase(let id): id.text
                case .rollback: slot.gate.description
                }
            return .init(place: .heading(node), keys: [("gate", value)])
        }
    }

    private static func declaresGate(_ node: Int, _ reader: ChecklistReader) -> Bool {
        var current: Int? = node
        while let index = current {
            let declared = reader.nodes[index].declaration?.values ?? [:]
            if declared["gate"] != nil || declared["moment"] != nil { return true }
            current = reader.nodes[index].parent
        }
        return false
    }

    // At the end of the first paragraph of an item, before blanks that make a line break.
    private static func inside(
        _ item: Int,
        _ comment: String,
        _ document: MarkdownDocument
    ) -> Insertion? {
        let paragraph = document.children(of: item).first { child in
            if case .paragraph = document.blocks[child].kind { true } else { false }
        }
        guard let paragraph, let line = document.lines(of: paragraph).last else { return nil }
        return atEnd(ofLine: line.number, in: paragraph, comment, document)
    }

    // At the end of a line of a paragraph, before blanks that make a line break.
    private static func atEnd(
        ofLine number: Int,
        in paragraph: Int,
        _ comment: String,
        _ document: MarkdownDocument
    ) -> Insertion? {
        guard let line = document.lines(of: paragraph).first(where: { $0.number == number }),
            // A comment that is still open would end with ours.
            !document.text(document.blocks[paragraph].range.lowerBound..<line.range.upperBound)
                .isInsideComment
        else { return nil }
        var end = line.range.upperBound
        while end > line.range.lowerBound, document.source[end - 1] <= 0x20 { end -= 1 }
        return Insertion(offset: end, text: " " + comment)
    }

    // On a line of its own below a heading.
    private static func below(
        _ node: DocumentNode,
        _ comment: String,
        _ document: MarkdownDocument
    ) -> Insertion? {
        guard let block = node.heading else { return nil }
        let line = document.line(document.blocks[block].lastLine)
        let isEnded = document.source[line].last.map { $0 == 0x0A || $0 == 0x0D } ?? false
        let ending =
            switch document.lineEnding {
            case .crlf: "\r\n"
            case .cr: "\r"
            default: "\n"
            }
        return Insertion(
            offset: line.upperBound,
            text: isEnded ? comment + ending : ending + comment
        )
    }
}

extension String {
    /// Whether a comment is begun and not ended.
    fileprivate var isInsideComment: Bool {
        var isInside = false
        var rest = self[...]
        while let mark = rest.firstRange(of: isInside ? "-->" : "<!--") {
            isInside.toggle()
            rest = rest[mark.upperBound...]
        }
        return isInside
    }
}
