// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How far each item of a deployment has come: those that are done themselves, in document order.
///
/// Every decision looks at all of them. By their place in the outline they are found without a look
/// into a dictionary.
public struct ItemTable: Hashable, Sendable, RandomAccessCollection {
    /// The id of an item, and how far it has come.
    public typealias Element = (key: ItemID, value: ItemProgress)

    private let ids: [ItemID]
    private let positions: [ItemID: Int]
    /// How far each has come, in document order.
    public private(set) var values: [ItemProgress]

    /// The items of an outline, about which nothing is known but what `known` says.
    init(_ outline: Outline, known: (ItemID) -> ItemProgress? = { _ in nil }) {
        positions = outline.leafPositions
        ids = positions.sorted { $0.value < $1.value }.map(\.key)
        values = ids.map { known($0) ?? ItemProgress() }
    }

    /// Zero.
    public var startIndex: Int { values.startIndex }
    /// How many items there are.
    public var endIndex: Int { values.endIndex }

    /// The item at a place in document order, from 0.
    public subscript(position: Int) -> Element { (ids[position], values[position]) }

    /// How far an item has come, or `nil` when there is no such item, or it is a group.
    public subscript(id: ItemID) -> ItemProgress? { positions[id].map { values[$0] } }

    /// How far an item has come, or `nil` when it is a group, or none of this checklist.
    public subscript(entry: Outline.Entry) -> ItemProgress? {
        place(of: entry).map { values[$0] }
    }

    /// The state of an item, or `nil` when it is a group, or none of this checklist.
    public func state(of entry: Outline.Entry) -> ItemState? {
        place(of: entry).map { values[$0].state }
    }

    /// How many attempts at an item were started or settled; 0 for a group.
    func attempts(of entry: Outline.Entry) -> Int {
        place(of: entry).map { values[$0].attempts } ?? 0
    }

    /// Changes an item in its place.
    ///
    /// - Returns: Whether there is such an item.
    mutating func update(_ id: ItemID, _ change: (inout ItemProgress) -> Void) -> Bool {
        guard let position = positions[id] else { return false }
        change(&values[position])
        return true
    }

    // An entry of another outline, such as from before an amendment, has its place there.
    private func place(of entry: Outline.Entry) -> Int? {
        guard let leaf = entry.leaf else { return nil }
        if ids.indices.contains(leaf), ids[leaf] == entry.id { return leaf }
        return positions[entry.id]
    }

    /// Tells whether both have the same items, and those have come as far.
    public static func == (left: Self, right: Self) -> Bool {
        left.ids == right.ids && left.values == right.values
    }

    /// Feeds how far each has come into `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ids)
        hasher.combine(values)
    }
}
