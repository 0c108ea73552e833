// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A checklist as one list, with everything resolved that an item inherits from what it stands in.
public struct Outline: Hashable, Sendable {
    /// One item with what it inherits.
    public struct Entry: Hashable, Sendable {
        // An entry is handed around in every decision; shared, its dozens of fields are not copied.
        private let content: Content

        fileprivate init(_ content: Content) {
            self.content = content
        }

        /// An item that stands in no phase, such as a step of a rollback.
        init(standalone item: Item, number: String) {
            let inherited = Inherited(
                phase: 0,
                section: "",
                depth: 1,
                requirement: item.requirement,
                scopes: [],
                after: []
            )
            content = Content(item, number, inherited, leaf: nil, children: [])
        }

        /// The item's place among those that are done themselves, from 0; `nil` for a group and for
        /// an item that stands in no phase.
        var leaf: Int? { content.leaf }
        /// The item's id.
        var id: ItemID { content.item.id }
        /// The item.
        public var item: Item { content.item }
        /// The number that a person may use instead of the id: phase, item, sub-item, such as
        /// `1.4.2`, all counting from 1.
        public var number: String { content.number }
        /// The position of the phase in the checklist.
        public var phase: Int { content.phase }
        /// The title of the section; empty where items stand directly under the phase's heading.
        public var section: String { content.section }
        /// How many groups the item stands in.
        public var depth: Int { content.depth }
        /// Whether the item must be done, once sections and groups have had their say.
        public var requirement: Requirement { content.requirement }
        /// The scopes from the outside to the inside, all of which must match; each holds the
        /// words of which one must.
        public var scopes: [[String]] { content.scopes }
        /// What must be satisfied before the item may start, its groups' predecessors included.
        public var after: [ItemID] { content.after }
        /// The positions in ``Outline/entries`` of the items directly below.
        public var children: [Int] { content.children }

        /// Tells whether both are the same item with the same inheritance.
        public static func == (left: Self, right: Self) -> Bool {
            left.content === right.content
                || (left.item == right.item && left.number == right.number
                    && left.phase == right.phase && left.section == right.section
                    && left.depth == right.depth && left.requirement == right.requirement
                    && left.scopes == right.scopes && left.after == right.after
                    && left.children == right.children)
        }

        /// Feeds the item and its number into `hasher`.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(item)
            hasher.combine(number)
        }

        fileprivate final class Content: Sendable {
            let item: Item
            let number: String
            let phase: Int
            let section: String
            let depth: Int
            let requirement: Requirement
            let scopes: [[String]]
            let after: [ItemID]
            let leaf: Int?
            let children: [Int]

            init(
                _ item: Item,
                _ number: String,
                _ inherited: Inherited,
                leaf: Int?,
                children: [Int]
            ) {
                self.leaf = leaf
                self.item = item
                self.number = number
                phase = inherited.phase
                section = inherited.section
                depth = inherited.depth - 1
                requirement = inherited.requirement
                scopes = inherited.scopes
                after = inherited.after
                self.children = children
            }
        }
    }

    /// Every item in document order, a group before its children.
    public let entries: [Entry]
    /// The words that limit each phase: its own scope, or without one that of the next phase that
    /// has one, or at the end that of the last.
    public let phaseScopes: [[String]]
    private let positions: [ItemID: Int]
    /// The places of the items that are done themselves, from 0 in document order.
    let leafPositions: [ItemID: Int]

    /// The outline of a checklist.
    public init(_ checklist: Checklist) {
        var scopes: [[String]] = []
        var next: [String]?
        let last = checklist.phases.last { !$0.scope.isEmpty }?.scope ?? []
        for phase in checklist.phases.reversed() {
            if !phase.scope.isEmpty { next = phase.scope }
            scopes.append(next ?? last)
        }
        phaseScopes = scopes.reversed()

        var entries: [Entry] = []
        var leafPositions: [ItemID: Int] = [:]
        for (position, phase) in checklist.phases.enumerated() {
            var number = 0
            for section in phase.sections {
                let outer = Inherited(
                    phase: position,
                    section: section.title,
                    depth: 0,
                    requirement: section.requirement,
                    scopes: [phaseScopes[position], section.scope].filter { !$0.isEmpty },
                    after: []
                )
                for item in section.items {
                    number += 1
                    _ = Self.add(
                        item,
                        number: "\(position + 1).\(number)",
                        in: outer,
                        to: &entries,
                        &leafPositions
                    )
                }
            }
        }
        self.entries = entries
        self.leafPositions = leafPositions
        leaves = entries.filter { !$0.item.isGroup }
        outputs = leaves.filter { entry in
            if case .capture = entry.item.kind { return true }
            return entry.item.output != nil
        }
        positions = Dictionary(
            entries.enumerated().map { ($1.item.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The entry of an item, or `nil` when the checklist has no such item.
    public subscript(id: ItemID) -> Entry? {
        positions[id].map { entries[$0] }
    }

    /// The items that are done themselves, in document order: all but the groups.
    public let leaves: [Entry]

    /// The items that leave something for later ones to read, in document order.
    package let outputs: [Entry]

    /// The item that a person means by `text`: its id, its number, the end of its id behind a `/`,
    /// its title, or else the beginning of its id, of the last part of its id, or of its title.
    /// Upper and lower case are the same in titles and beginnings.
    ///
    /// - Returns: No entry when nothing fits, several when it is not clear.
    public func find(_ text: String) -> [Entry] {
        if let exact = self[ItemID(text)] { return [exact] }
        let byNumber = entries.filter { $0.number == text }
        if !byNumber.isEmpty { return byNumber }
        let byEnd = entries.filter { $0.item.id.text.hasSuffix("/" + text) }
        if !byEnd.isEmpty { return byEnd }
        let wanted = text.lowercased()
        let byTitle = entries.filter { $0.item.title.lowercased() == wanted }
        if !byTitle.isEmpty { return byTitle }
        if wanted.isEmpty { return [] }
        return entries.filter { entry in
            let id = entry.item.id.text.lowercased()
            return id.hasPrefix(wanted) || Self.lastPart(of: id).hasPrefix(wanted)
                || entry.item.title.lowercased().hasPrefix(wanted)
        }
    }

    /// The item that a person probably means by a name that fits none.
    package func nearest(to text: String) -> Entry? {
        let names = entries.flatMap { entry in
            let id = entry.item.id.text
            return [id, Self.lastPart(of: id), entry.item.title].map { ($0, entry) }
        }
        let name = Suggestion.nearest(text, among: names.map(\.0))
        return names.first { $0.0 == name }?.1
    }

    private static func lastPart(of id: String) -> String {
        id.split(separator: "/").last.map(String.init) ?? id
    }

    fileprivate struct Inherited {
        var phase: Int
        var section: String
        var depth: Int
        var requirement: Requirement
        var scopes: [[String]]
        var after: [ItemID]
    }

    private static func add(
        _ item: Item,
        number: String,
        in outer: Inherited,
        to entries: inout [Entry],
        _ leaves: inout [ItemID: Int]
    ) -> Int {
        var inner = outer
        inner.depth += 1
        inner.requirement = strongest(outer.requirement, item.requirement)
        if !item.scope.isEmpty { inner.scopes.append(item.scope) }
        inner.after += item.after
        let position = entries.count
        // A group stands before its children, and is known only after them.
        var leaf: Int?
        if !item.isGroup {
            // Of two items of one name, which no checklist may have, the first counts.
            leaf = leaves[item.id] ?? leaves.count
            leaves[item.id] = leaf
        }
        entries.append(Entry(Entry.Content(item, number, inner, leaf: leaf, children: [])))
        if !item.children.isEmpty {
            let children = item.children.enumerated().map { index, child in
                add(child, number: "\(number).\(index + 1)", in: inner, to: &entries, &leaves)
            }
            entries[position] = Entry(
                Entry.Content(item, number, inner, leaf: leaf, children: children)
            )
        }
        return position
    }

    // What is optional stays so however required its parts are; a condition of the whole is one
    // of the part.
    private static func strongest(_ outer: Requirement, _ inner: Requirement) -> Requirement {
        switch (outer, inner) {
        case (.optional, _), (_, .optional): .optional
        case (.required, let inner): inner
        case (let outer, .required): outer
        case (.conditional(let outer), .conditional(let inner)): .conditional("\(outer); \(inner)")
        }
    }
}
