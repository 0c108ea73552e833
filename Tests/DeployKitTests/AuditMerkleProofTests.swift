// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// The root by the definition in RFC 9162, 2.1.1: slow, recursive, without stored nodes.
private func definedRoot(_ leaves: ArraySlice<Digest>) -> Digest {
    guard leaves.count > 1 else { return leaves.first ?? MerkleTree.emptyRoot }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    let middle = leaves.startIndex + half
    return MerkleTree.nodeHash(definedRoot(leaves[..<middle]), definedRoot(leaves[middle...]))
}

@Suite struct AuditMerkleProofTests {
    let leaves = (0..<64).map { SHA256.digest(of: [UInt8($0)]) }
    let nodes: [Digest]

    init() {
        var frontier = MerkleTree.Frontier()
        nodes = leaves.flatMap { frontier.append($0) }
    }

    @Test func publishedProofsAreMade() async {
        var frontier = MerkleTree.Frontier()
        let nodes = publishedLeaves.flatMap { frontier.append(MerkleTree.leafHash($0)) }
        let inclusion = await MerkleTree.inclusionProof(of: 3, in: 8) { $0.map { nodes[$0] } }
        #expect(
            inclusion.map { Base64.encode($0.bytes) } == [
                "ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=",
                "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
                "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
            ]
        )
        let consistency = await MerkleTree.consistencyProof(from: 6, to: 8) { $0.map { nodes[$0] } }
        #expect(
            consistency.map { Base64.encode($0.bytes) } == [
                "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
                "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
                "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
            ]
        )
    }

    @Test func everyLeafOfEveryTreeIsProvedAndNoOther() async {
        for size in 1...64 {
            let root = definedRoot(leaves[..<size])
            for position in 0..<size {
                let proof = await MerkleTree.inclusionProof(of: position, in: size) {
                    $0.map { nodes[$0] }
                }
                func verifies(_ leaf: Digest, _ position: Int, _ proof: [Digest]) -> Bool {
                    MerkleTree.verifiesInclusion(
                        of: leaf,
                        at: position,
                        in: size,
                        root: root,
                        proof: proof
                    )
                }
                #expect(verifies(leaves[position], position, proof), "\(position) in \(size)")
                #expect(!verifies(leaves[(position + 1) % 64], position, proof))
                #expect(!verifies(leaves[position], position ^ 1, proof))
                #expect(!verifies(leaves[position], position, proof + [root]))
                #expect(!verifies(leaves[position], position, proof.dropLast()) || size == 1)
            }
        }
    }

    @Test func everyTreeIsProvedToContinueEveryOlderOne() async {
        let roots = (0...64).map { definedRoot(leaves[..<$0]) }
        for size in 1...64 {
            for old in 1...size {
                let proof = await MerkleTree.consistencyProof(from: old, to: size) {
                    $0.map { nodes[$0] }
                }
                func verifies(_ oldRoot: Digest, _ root: Digest, _ proof: [Digest]) -> Bool {
                    MerkleTree.verifiesConsistency(
                        from: old,
                        root: oldRoot,
                        to: size,
                        root: root,
                        proof: proof
                    )
                }
                #expect(verifies(roots[old], roots[size], proof), "\(old) to \(size)")
                #expect(!verifies(roots[old - 1], roots[size], proof))
                #expect(!verifies(roots[old], roots[size - 1], proof))
                #expect(!verifies(roots[old], roots[size], proof + [roots[1]]))
                if !proof.isEmpty {
                    #expect(!verifies(roots[old], roots[size], proof.dropLast()))
                }
            }
        }
    }

    @Test func everyFlippedBitIsRefused() async {
        let (size, old, position) = (61, 37, 42)
        let (root, oldRoot) = (definedRoot(leaves[..<size]), definedRoot(leaves[..<old]))
        let inclusion = await MerkleTree.inclusionProof(of: position, in: size) {
            $0.map { nodes[$0] }
        }
        let consistency = await MerkleTree.consistencyProof(from: old, to: size) {
            $0.map { nodes[$0] }
        }
        func flips(_ proof: [Digest], refused: ([Digest]) -> Bool) -> Bool {
            proof.indices.allSatisfy { index in
                (0..<256).allSatisfy { bit in
                    var bytes = proof[index].bytes
                    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                    var flipped = proof
                    if let digest = Digest(bytes: bytes) { flipped[index] = digest }
                    return refused(flipped)
                }
            }
        }
        #expect(
            flips(inclusion) {
                !MerkleTree.verifiesInclusion(
                    of: leaves[position],
                    at: position,
                    in: size,
                    root: root,
                    proof: $0
                )
            }
        )
        #expect(
            flips(consistency) {
                !MerkleTree.verifiesConsistency(
                    from: old,
                    root: oldRoot,
                    to: size,
                    root: root,
                    proof: $0
                )
            }
        )
    }

    @Test func aProofInASmallerTreeIsNoneInALargerOne() {
        let root = MerkleTree.nodeHash(leaves[0], leaves[1])
        func verifies(in size: Int) -> Bool {
            MerkleTree.verifiesInclusion(
                of: leaves[0],
                at: 0,
                in: size,
                root: root,
                proof: [leaves[1]]
            )
        }
        #expect(verifies(in: 2) && !verifies(in: 3) && !verifies(in: 4))
    }

    @Test func nothingIsProvedAboutAnEmptyTreeOrBackwards() {
        let root = leaves[0]
        func verifies(_ old: Int, _ size: Int) -> Bool {
            MerkleTree.verifiesConsistency(from: old, root: root, to: size, root: root, proof: [])
        }
        #expect(!verifies(0, 0) && !verifies(0, 3) && !verifies(3, 2) && !verifies(-1, 2))
        #expect(verifies(1, 1))
        for (position, size) in [(0, 0), (1, 1), (-1, 1), (0, -1)] {
            #expect(
                !MerkleTree.verifiesInclusion(
                    of: root,
                    at: position,
                    in: size,
                    root: root,
                    proof: []
                )
            )
        }
    }
}
