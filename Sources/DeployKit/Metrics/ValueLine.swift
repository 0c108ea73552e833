// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The values of a metric cut at every limit of some bounds, so that sets of values are sets of
/// numbered pieces: each limit is a piece, and so is each gap before, between and after them.
struct ValueLine {
    /// All pieces that have a meaning, ascending.
    let all: Set<Int>
    private let limits: [Quantity]

    /// The line for these bounds, or `nil` when they do not compare.
    init?(bounds: [Bound], unit: Unit) {
        var limits: [Quantity] = []
        let zero = Quantity(.zero, unit.dimension == .ratio ? .ratio : unit)
        let one = Quantity(.one, .ratio)
        let domain = unit.dimension == .ratio ? [zero, one] : [zero]
        for limit in domain + bounds.flatMap(\.limits) {
            // Kept sorted; a definition has a handful of limits.
            var place = limits.startIndex
            var isKnown = false
            while place < limits.endIndex {
                guard let order = try? limit.order(to: limits[place]) else { return nil }
                isKnown = order == .same
                guard order == .descending else { break }
                place += 1
            }
            if !isKnown { limits.insert(limit, at: place) }
        }
        self.limits = limits
        let isSigned = limits.contains { $0.magnitude.isNegative }
        var pieces = Set(0...(2 * limits.count))
        if !isSigned { pieces.remove(0) }
        if unit.dimension == .ratio, let top = limits.last, (try? top.order(to: one)) == .same {
            pieces.remove(2 * limits.count)
        }
        all = pieces
    }

    /// The pieces inside a bound.
    func atoms(of bound: Bound) -> Set<Int> {
        let places = bound.limits.compactMap { limit in
            limits.firstIndex { (try? $0.order(to: limit)) == .same }.map { 2 * $0 + 1 }
        }
        return all.filter { piece in
            bound.admits(
                places.map { place in
                    piece == place ? .same : piece < place ? .ascending : .descending
                }
            )
        }
    }

    /// Whether everything above (or below) a piece of the set is in the set too.
    func isClosed(_ atoms: Set<Int>, upwards: Bool) -> Bool {
        let rest = all.subtracting(atoms)
        guard let least = atoms.min(), let most = atoms.max() else { return true }
        return rest.allSatisfy { upwards ? $0 < least : $0 > most }
    }

    /// Whether the set has no hole.
    func isInterval(_ atoms: Set<Int>) -> Bool {
        guard let least = atoms.min(), let most = atoms.max() else { return true }
        return all.subtracting(atoms).allSatisfy { $0 < least || $0 > most }
    }
}
