// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension RollbackPlan {
    /// The level with this id, or `nil` when there is none.
    public func level(_ id: RollbackLevelID) -> RollbackLevel? {
        levels.first { $0.id == id }
    }

    /// The levels that a person means: by id, by the number of the heading (where none has one,
    /// by its place), or by words that the title or a situation has, in upper or lower case.
    ///
    /// - Returns: None when nothing fits, several when it is not clear.
    public func levels(named name: String) -> [RollbackLevel] {
        if let exact = levels.first(where: { $0.id.text == name }) { return [exact] }
        let slug = Naming.slug(name)
        guard !slug.isEmpty else { return [] }
        let numbered = levels.filter { level in
            level.number.map { slug == "\($0)" || slug == "level-\($0)" } == true
        }
        if !numbered.isEmpty { return numbered }
        // Where no heading has a number, they are counted.
        if levels.allSatisfy({ $0.number == nil }), let number = Int(slug),
            levels.indices.contains(number - 1)
        {
            return [levels[number - 1]]
        }
        func has(_ text: String) -> Bool { "-\(Naming.slug(text))-".contains("-\(slug)-") }
        let titled = levels.filter { has($0.title) || has($0.id.text) }
        return titled.isEmpty ? levels.filter { $0.situations.contains(where: has) } : titled
    }

    /// The levels among `available` in the order in which they come into question: those that lose
    /// no data first, then by impact, an unknown one last, then as in the document.
    func byImpact(_ available: [RollbackLevel]) -> [RollbackLevel] {
        func rank(_ level: RollbackLevel) -> Int {
            let impact =
                switch level.impact {
                case .low: 0
                case .medium: 1
                case .high: 2
                case nil: 3
                }
            return (level.losesData == true ? 10 : 0) + impact
        }
        return available.enumerated().sorted {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }.map(\.element)
    }
}

extension RollbackLevel {
    /// Whether the level may begin without a person: it loses no data, and nothing that it does is
    /// for good.
    public var mayBeAutomatic: Bool {
        losesData != true && steps.allSatisfy { $0.effect != .irreversible }
    }
}
