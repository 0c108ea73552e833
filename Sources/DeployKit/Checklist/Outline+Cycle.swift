// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Outline {
    /// Items that each wait for the next, and the last for the first: none of them can ever start.
    /// Empty when there is no such circle.
    ///
    /// A group is done when its children are, and what comes after a group's predecessor includes
    /// the children, so that an item that waits for the group it stands in is a circle too.
    public var cycle: [ItemID] {
        var isDone = Array(repeating: false, count: entries.count)
        var path: [(entry: Int, next: Int)] = []
        var place: [Int?] = Array(repeating: nil, count: entries.count)
        let positions = Dictionary(
            entries.enumerated().map { ($1.item.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let waits = entries.map { entry in
            entry.after.compactMap { positions[$0] } + entry.children
        }
        for start in entries.indices where !isDone[start] {
            path = [(start, 0)]
            place[start] = 0
            while let (entry, next) = path.last {
                guard next < waits[entry].count else {
                    isDone[entry] = true
                    place[entry] = nil
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let other = waits[entry][next]
                if let first = place[other] {
                    return path[first...].map { entries[$0.entry].item.id }
                }
                guard !isDone[other] else { continue }
                place[other] = path.count
                path.append((other, 0))
            }
        }
        return []
    }

    /// The circle in words; `nil` when there is none.
    package var cycleFault: String? {
        let items = cycle
        guard let first = items.first else { return nil }
        let names = (items + [first]).map { "'\($0)'" }.joined(separator: ", which waits for ")
        return "none of these can ever start: \(names)"
    }
}
