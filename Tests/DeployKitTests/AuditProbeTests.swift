// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// Proofs that are nearly right, in the families that transparency-dev/merkle probes with: another
/// place, another size, another leaf or root, hashes added, taken away, changed and in another
/// order. Of each family all must fail.
@Suite struct AuditProbeTests {
    struct Probe: CustomTestStringConvertible, Sendable {
        let what: String
        let accepts: @Sendable () -> Bool

        var testDescription: String { what }
    }

    private static let leaves = publishedLeaves.map { MerkleTree.leafHash($0) }
    private static let nodes: [Digest] = {
        var frontier = MerkleTree.Frontier()
        return leaves.flatMap { frontier.append($0) }
    }()
    private static let roots: [Digest] = (0...8).map { size in
        MerkleTree.root(ofSubtrees: MerkleTree.Frontier.indexes(ofSize: size).map { nodes[$0] })
    }
    private static let stranger = SHA256.digest(of: Array("somewhere else".utf8))

    /// What becomes of a proof, each with its name.
    private static func changed(_ proof: [Digest], with own: [Digest]) -> [(String, [Digest])] {
        var changed = own.flatMap { hash in
            [
                ("\(hash.hex.prefix(4)) behind", proof + [hash]),
                ("\(hash.hex.prefix(4)) before", [hash] + proof),
            ]
        }
        for index in proof.indices {
            for bit in [0, 3, 255] {
                var bytes = proof[index].bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                var flipped = proof
                flipped[index] = Digest(bytes: bytes) ?? stranger
                changed.append(("bit \(bit) of hash \(index) flipped", flipped))
            }
            var shorter = proof
            shorter.remove(at: index)
            changed.append(("without hash \(index)", shorter))
        }
        if !proof.isEmpty {
            changed.append(("nothing", []))
            changed.append(("twice", proof + proof))
        }
        if proof.count > 1 { changed.append(("backwards", proof.reversed())) }
        return changed
    }

    private static func inclusion(
        _ what: String,
        _ position: Int,
        _ size: Int,
        _ leaf: Digest,
        _ root: Digest,
        _ proof: [Digest]
    ) -> Probe {
        Probe(what: what) {
            MerkleTree.verifiesInclusion(of: leaf, at: position, in: size, root: root, proof: proof)
        }
    }

    private static func consistency(
        _ what: String,
        _ old: Int,
        _ size: Int,
        _ oldRoot: Digest,
        _ root: Digest,
        _ proof: [Digest]
    ) -> Probe {
        Probe(what: what) {
            MerkleTree.verifiesConsistency(
                from: old,
                root: oldRoot,
                to: size,
                root: root,
                proof: proof
            )
        }
    }

    private static func nodes(at indexes: [Int]) -> [Digest] { indexes.map { nodes[$0] } }

    /// Right proofs, and wrong ones made from each.
    static func inclusions() async -> (right: [Probe], wrong: [Probe]) {
        var (right, wrong) = ([] as [Probe], [] as [Probe])
        for (position, size) in [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (6, 7)] {
            let (leaf, root) = (leaves[position], roots[size])
            let proof = await MerkleTree.inclusionProof(of: position, in: size) { nodes(at: $0) }
            let name = "\(position) in \(size)"
            right.append(inclusion(name, position, size, leaf, root, proof))
            for other in [position - 1, position + 1, position ^ 2, position + size, .max] {
                wrong.append(inclusion("\(name) at \(other)", other, size, leaf, root, proof))
            }
            for other in [0, -1, size * 2, size / 2] {
                wrong.append(inclusion("\(name) of \(other)", position, other, leaf, root, proof))
            }
            for other in [stranger, roots[0], root] where other != leaf {
                wrong.append(inclusion("\(name), leaf", position, size, other, root, proof))
            }
            for other in [stranger, roots[0], leaf] where other != root {
                wrong.append(inclusion("\(name), root", position, size, leaf, other, proof))
            }
            for (what, other) in changed(proof, with: [root, leaf, stranger]) {
                wrong.append(
                    inclusion("\(name), \(what)", position, size, leaf, root, other)
                )
            }
        }
        return (right, wrong)
    }

    static func consistencies() async -> (right: [Probe], wrong: [Probe]) {
        var (right, wrong) = ([] as [Probe], [] as [Probe])
        for (old, size) in [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7), (7, 8)] {
            let (oldRoot, root) = (roots[old], roots[size])
            let proof = await MerkleTree.consistencyProof(from: old, to: size) { nodes(at: $0) }
            let name = "\(old) to \(size)"
            right.append(consistency(name, old, size, oldRoot, root, proof))
            for other in [old - 1, old + 1, old ^ 2, 0, -1] {
                wrong.append(
                    consistency("\(name) from \(other)", other, size, oldRoot, root, proof)
                )
            }
            for other in [0, -1, size * 2, size / 2] {
                wrong.append(consistency("\(name) to \(other)", old, other, oldRoot, root, proof))
            }
            for other in [stranger, roots[0], root] where other != oldRoot {
                wrong.append(consistency("\(name), old root", old, size, other, root, proof))
            }
            for other in [stranger, roots[0], oldRoot] where other != root {
                wrong.append(consistency("\(name), root", old, size, oldRoot, other, proof))
            }
            if oldRoot != root {
                wrong.append(consistency("\(name), roots", old, size, root, oldRoot, proof))
            }
            for (what, other) in changed(proof, with: [root, oldRoot, stranger]) {
                wrong.append(consistency("\(name), \(what)", old, size, oldRoot, root, other))
            }
        }
        return (right, wrong)
    }

    @Test func ofTheInclusionProbesOnlyTheSixRightOnesPass() async {
        let probes = await Self.inclusions()
        #expect(probes.right.count == 6 && probes.wrong.count >= 92, "\(probes.wrong.count)")
        for probe in probes.right { #expect(probe.accepts(), "\(probe.what)") }
        for probe in probes.wrong { #expect(!probe.accepts(), "\(probe.what)") }
    }

    @Test func ofTheConsistencyProbesOnlyTheSixRightOnesPass() async {
        let probes = await Self.consistencies()
        #expect(probes.right.count == 6 && probes.wrong.count >= 92, "\(probes.wrong.count)")
        for probe in probes.right { #expect(probe.accepts(), "\(probe.what)") }
        for probe in probes.wrong { #expect(!probe.accepts(), "\(probe.what)") }
    }

    @Test func aHashHas32BytesAndNothingElse() {
        for count in [0, 1, 31, 33, 64] {
            #expect(Digest(bytes: [UInt8](repeating: 0, count: count)) == nil)
        }
    }
}
