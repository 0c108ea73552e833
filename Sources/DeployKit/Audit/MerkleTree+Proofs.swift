// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension MerkleTree {
    /// Proves that a leaf is in a tree: RFC 9162, 2.1.3.1.
    ///
    /// - Parameters:
    ///   - position: The position of the leaf, in `0..<size`.
    ///   - size: How many leaves the tree has.
    ///   - nodes: Reads stored nodes by their dense indexes, in the order asked; called once.
    /// - Returns: The hashes beside the way from the leaf to the root, from below.
    /// - Throws: What `nodes` throws.
    public static func inclusionProof<Failure: Error>(
        of position: Int,
        in size: Int,
        nodes: ([Int]) async throws(Failure) -> [Digest]
    ) async throws(Failure) -> [Digest] {
        let ranges = subtrees(beside: position, in: size)
        return try await hashes(of: ranges.reversed(), nodes: nodes)
    }

    /// How many hashes prove that the leaf at `position` is in a tree of `size` leaves.
    static func inclusionProofCount(of position: Int, in size: Int) -> Int {
        subtrees(beside: position, in: size).count
    }

    /// The leaves beside the way from the root to a leaf, from above.
    private static func subtrees(beside position: Int, in size: Int) -> [Range<Int>] {
        precondition(0..<size ~= position, "there is no leaf \(position) in a tree of \(size)")
        var ranges: [Range<Int>] = []
        var (low, high) = (0, size)
        while high - low > 1 {
            let middle = low + largestPowerOfTwo(below: high - low)
            if position < middle {
                ranges.append(middle..<high)
                high = middle
            } else {
                ranges.append(low..<middle)
                low = middle
            }
        }
        return ranges
    }

    /// Proves that a tree continues an older one: RFC 9162, 2.1.4.1.
    ///
    /// - Parameters:
    ///   - old: How many leaves the older tree has, in `0...size`.
    ///   - size: How many leaves the newer tree has.
    ///   - nodes: Reads stored nodes by their dense indexes, in the order asked; called once.
    /// - Returns: The hashes from which both roots follow; none from an empty tree, and none to
    ///   the same tree.
    /// - Throws: What `nodes` throws.
    public static func consistencyProof<Failure: Error>(
        from old: Int,
        to size: Int,
        nodes: ([Int]) async throws(Failure) -> [Digest]
    ) async throws(Failure) -> [Digest] {
        precondition(0...size ~= old, "a tree of \(size) does not continue one of \(old)")
        var ranges: [Range<Int>] = []
        var (low, high) = (0, size)
        while old > low, old < high {
            let middle = low + largestPowerOfTwo(below: high - low)
            if old <= middle {
                ranges.append(middle..<high)
                high = middle
            } else {
                ranges.append(low..<middle)
                low = middle
            }
        }
        // The older tree itself is known to the verifier; a part of it is not.
        if low > 0 { ranges.append(low..<high) }
        return try await hashes(of: old == 0 ? [] : ranges.reversed(), nodes: nodes)
    }

    /// Tells whether `proof` proves that a leaf is in a tree: RFC 9162, 2.1.3.2.
    ///
    /// - Parameters:
    ///   - leaf: The hash of the leaf.
    ///   - position: The position of the leaf; `false` when the tree has no such position.
    ///   - size: How many leaves the tree has.
    ///   - root: The root of the tree.
    ///   - proof: The hashes, from below.
    /// - Returns: `false` for every proof that is not exactly right.
    public static func verifiesInclusion(
        of leaf: Digest,
        at position: Int,
        in size: Int,
        root: Digest,
        proof: [Digest]
    ) -> Bool {
        guard position >= 0, position < size else { return false }
        var (place, last) = (position, size - 1)
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = nodeHash(sibling, hash)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Tells whether `proof` proves that a tree continues an older one: RFC 9162, 2.1.4.2.
    ///
    /// An empty older tree proves nothing and is refused.
    ///
    /// - Parameters:
    ///   - old: How many leaves the older tree has.
    ///   - oldRoot: The root of the older tree.
    ///   - size: How many leaves the newer tree has.
    ///   - root: The root of the newer tree.
    ///   - proof: The hashes in the order of the specification.
    /// - Returns: `false` for every proof that is not exactly right.
    public static func verifiesConsistency(
        from old: Int,
        root oldRoot: Digest,
        to size: Int,
        root: Digest,
        proof: [Digest]
    ) -> Bool {
        guard old > 0, old <= size else { return false }
        guard old < size else { return proof.isEmpty && oldRoot == root }
        guard !proof.isEmpty else { return false }
        let hashes = old.nonzeroBitCount == 1 ? [oldRoot] + proof : proof
        var (place, last) = (old - 1, size - 1)
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var (oldHash, hash) = (hashes[0], hashes[0])
        for sibling in hashes.dropFirst() {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                oldHash = nodeHash(sibling, oldHash)
                hash = nodeHash(sibling, hash)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == oldRoot && hash == root
    }

    private static func largestPowerOfTwo(below size: Int) -> Int {
        1 << (Int.bitWidth - 1 - (size - 1).leadingZeroBitCount)
    }

    private static func hashes<Failure: Error>(
        of ranges: [Range<Int>],
        nodes: ([Int]) async throws(Failure) -> [Digest]
    ) async throws(Failure) -> [Digest] {
        let indexes = ranges.map(subtreeIndexes)
        var rest = try await nodes(indexes.flatMap(\.self))[...]
        return indexes.map { indexes in
            let roots = rest.prefix(indexes.count)
            rest = rest.dropFirst(indexes.count)
            return root(ofSubtrees: roots)
        }
    }
}
