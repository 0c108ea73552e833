// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension AuditLog {
    /// Refuses records that are not those which the stored tree commits to: their headers must hash
    /// to their leaves, and every stored node above a leaf must be the hash of the two below it.
    ///
    /// A head that was kept elsewhere is compared with stored nodes alone. Who rewrites an entry
    /// and leaves the nodes for the head as they were would therefore be believed, and could put
    /// everything back afterwards. With this, what is read of an entry is what every head covers.
    ///
    /// The cost is about two nodes for each of many neighbouring records, and about two for each
    /// level of the tree for one that stands alone.
    ///
    /// - Parameter records: Records of the store, in ascending order of their positions.
    /// - Throws: ``AuditStoreError``, code `damaged`, with the first record that does not fit.
    nonisolated func checkCommitment(
        to records: [AuditRecord]
    ) async throws(AuditStoreError) {
        guard let last = records.last else { return }
        let size = max(try await store.count(), last.position + 1)
        let paths = TreePaths(from: records.map(\.position), in: size)
        let stored = try await store.nodes(at: paths.indexes)
        let nodes = Dictionary(
            zip(paths.indexes, stored),
            uniquingKeysWith: { first, _ in first }
        )
        for record in records {
            let index = MerkleTree.nodeIndex(level: 0, number: record.position)
            guard nodes[index] == MerkleTree.leafHash(record.header) else {
                throw record.damage("its header is not the one that the tree commits to")
            }
        }
        for (level, numbers) in paths.levels.enumerated().dropFirst() {
            for number in numbers {
                let below = [2 * number, 2 * number + 1].compactMap { child in
                    nodes[MerkleTree.nodeIndex(level: level - 1, number: child)]
                }
                guard below.count == 2,
                    nodes[MerkleTree.nodeIndex(level: level, number: number)]
                        == MerkleTree.nodeHash(below[0], below[1])
                else {
                    let first = number << level
                    throw AuditStoreError(
                        .damaged,
                        "the stored tree contradicts itself over the records "
                            + "\(first) to \(first + 1 << level - 1)"
                    )
                }
            }
        }
    }
}

/// The stored nodes between some leaves and the roots of the perfect subtrees that hold them.
private struct TreePaths {
    /// The numbers of the nodes on the paths, by level, ascending.
    private(set) var levels: [[Int]] = []
    /// The dense indexes of those nodes and of what stands beside them, ascending.
    let indexes: [Int]

    init(from positions: [Int], in size: Int) {
        var indexes: Set<Int> = []
        var numbers = positions
        while !numbers.isEmpty {
            let level = levels.count
            levels.append(numbers)
            var parents: [Int] = []
            for number in numbers {
                indexes.insert(MerkleTree.nodeIndex(level: level, number: number))
                let parent = number >> 1
                guard (parent + 1) << (level + 1) <= size else { continue }
                indexes.insert(MerkleTree.nodeIndex(level: level, number: number ^ 1))
                if parents.last != parent { parents.append(parent) }
            }
            numbers = parents
        }
        self.indexes = indexes.sorted()
    }
}
