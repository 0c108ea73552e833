// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The tree over the log: RFC 9162 section 2.1 with SHA-256.
///
/// A leaf is the hash of a record's header. Stored nodes are those of perfect subtrees, in dense
/// order: after each leaf, the nodes that it completes, from below. A log of n records therefore
/// stores 1, 3, 4, 7, 8, … nodes, and a node never changes once it is written.
///
/// Sizes and positions are 0 or more and below 2^62; asking for a leaf outside the tree is a
/// programmer's error, but no proof, however wrong, is.
public enum MerkleTree {
    /// The root of the tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = SHA256.digest(of: [])

    /// The hash of a leaf: SHA-256 of 0x00 and the header.
    public static func leafHash(_ header: some Sequence<UInt8>) -> Digest {
        var hasher = SHA256()
        hasher.update(CollectionOfOne(0x00))
        hasher.update(header)
        return hasher.finalize()
    }

    /// The hash of a node: SHA-256 of 0x01 and both children.
    public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        var hasher = SHA256()
        hasher.update(CollectionOfOne(0x01))
        hasher.update(left)
        hasher.update(right)
        return hasher.finalize()
    }

    /// The dense index of the `number`th perfect subtree of 2^`level` leaves.
    public static func nodeIndex(level: Int, number: Int) -> Int {
        // The subtree's last leaf stands at (number + 1) · 2^level − 1, its nodes one after another.
        nodeCount(ofSize: (number + 1) << level - 1) + level
    }

    /// How many nodes a log of `size` records stores.
    public static func nodeCount(ofSize size: Int) -> Int {
        var (count, rest) = (0, size)
        while rest > 0 {
            count += rest
            rest >>= 1
        }
        return count
    }

    /// The dense indexes of the roots of the perfect subtrees that make up the leaves of `range`,
    /// from left to right.
    static func subtreeIndexes(of range: Range<Int>) -> [Int] {
        var indexes: [Int] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var level = start == 0 ? Int.bitWidth - 2 : start.trailingZeroBitCount
            while 1 << level > range.upperBound - start { level -= 1 }
            indexes.append(nodeIndex(level: level, number: start >> level))
            start += 1 << level
        }
        return indexes
    }

    /// The root of the tree whose perfect subtrees have these roots, from left to right.
    static func root(ofSubtrees roots: some BidirectionalCollection<Digest>) -> Digest {
        guard let last = roots.last else { return emptyRoot }
        return roots.dropLast().reversed().reduce(last) { nodeHash($1, $0) }
    }
}

extension MerkleTree {
    /// The right edge of a tree: all that appending to it needs.
    public struct Frontier: Hashable, Sendable {
        /// How many leaves the tree has.
        public private(set) var size: Int
        /// The roots of its perfect subtrees, from left to right; one for each bit of ``size``.
        public private(set) var roots: [Digest]

        /// The frontier of the tree without leaves.
        public init() {
            size = 0
            roots = []
        }

        /// The frontier of a stored tree.
        ///
        /// - Parameters:
        ///   - size: How many leaves the tree has.
        ///   - roots: The nodes at ``indexes(ofSize:)``.
        /// - Returns: `nil` when `size` asks for another number of roots.
        public init?(size: Int, roots: [Digest]) {
            guard size >= 0, roots.count == size.nonzeroBitCount else { return nil }
            self.size = size
            self.roots = roots
        }

        /// The dense indexes of the nodes that make up the frontier of a tree of `size` leaves.
        public static func indexes(ofSize size: Int) -> [Int] {
            subtreeIndexes(of: 0..<size)
        }

        /// The root of the tree.
        public var root: Digest { MerkleTree.root(ofSubtrees: roots) }

        /// Appends a leaf.
        ///
        /// - Returns: The nodes that the leaf completes, in dense order: itself first.
        public mutating func append(_ leaf: Digest) -> [Digest] {
            var completed = [leaf]
            var node = leaf
            for _ in 0..<(~size).trailingZeroBitCount {
                node = nodeHash(roots.removeLast(), node)
                completed.append(node)
            }
            roots.append(node)
            size += 1
            return completed
        }
    }
}
