// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension AuditLog {
    /// Proves that the entry at `position` is in the log as it was when it had `size` entries.
    ///
    /// - Returns: The hashes, checked against the stored tree; see
    ///   ``MerkleTree/verifiesInclusion(of:at:in:root:proof:)``.
    /// - Throws: ``AuditStoreError``, code `damaged` when the stored tree does not prove the entry,
    ///   code `unavailable` when the log has no such position or size.
    public nonisolated func inclusionProof(
        of position: Int,
        in size: Int
    ) async throws(AuditStoreError) -> [Digest] {
        guard position >= 0, position < size, try await store.count() >= size,
            let record = try await store.records(in: position..<position + 1).first
        else {
            throw AuditStoreError(
                .unavailable,
                "the log has no entry at \(position) among its first \(size)"
            )
        }
        let nodes = { [store] (indexes: [Int]) async throws(AuditStoreError) in
            try await store.nodes(at: indexes)
        }
        let proof = try await MerkleTree.inclusionProof(of: position, in: size, nodes: nodes)
        guard
            MerkleTree.verifiesInclusion(
                of: MerkleTree.leafHash(record.header),
                at: position,
                in: size,
                root: try await root(ofSize: size),
                proof: proof
            )
        else { throw record.damage("the stored tree does not contain it") }
        return proof
    }

    /// Proves that the log of `size` entries continues the log of `old` entries.
    ///
    /// - Returns: The hashes, checked against the stored tree; see
    ///   ``MerkleTree/verifiesConsistency(from:root:to:root:proof:)``.
    /// - Throws: ``AuditStoreError``, code `damaged` when the stored tree contradicts itself, code
    ///   `unavailable` when the log never had these sizes.
    public nonisolated func consistencyProof(
        from old: Int,
        to size: Int
    ) async throws(AuditStoreError) -> [Digest] {
        guard old > 0, old <= size, try await store.count() >= size else {
            throw AuditStoreError(.unavailable, "the log has no sizes \(old) and \(size)")
        }
        let nodes = { [store] (indexes: [Int]) async throws(AuditStoreError) in
            try await store.nodes(at: indexes)
        }
        let proof = try await MerkleTree.consistencyProof(from: old, to: size, nodes: nodes)
        guard
            MerkleTree.verifiesConsistency(
                from: old,
                root: try await root(ofSize: old),
                to: size,
                root: try await root(ofSize: size),
                proof: proof
            )
        else {
            throw AuditStoreError(.damaged, "the stored tree contradicts itself up to \(size)")
        }
        return proof
    }

    /// The root that the log had with so many entries, by the stored tree.
    ///
    /// - Throws: ``AuditStoreError``, code `damaged` when the log never had as many.
    package nonisolated func root(ofSize size: Int) async throws(AuditStoreError) -> Digest {
        let roots = try await store.nodes(at: MerkleTree.Frontier.indexes(ofSize: size))
        return MerkleTree.root(ofSubtrees: roots)
    }
}
