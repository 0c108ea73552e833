// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// A proof as the programs in Tests/Oracles write it: kind, place, size, two hashes, and the proof.
struct ProofLine: Sendable {
    enum Kind: String {
        case inclusion
        case consistency
    }

    let kind: Kind
    /// The position of the leaf, or the size of the older tree.
    let place: Int
    let size: Int
    /// The leaf, or the root of the older tree.
    let first: Digest
    let root: Digest
    let proof: [Digest]

    var text: String {
        let hashes = ([first, root] + proof).map(\.hex).joined(separator: " ")
        return "\(kind.rawValue) \(place) \(size) \(hashes)\n"
    }

    /// Whether our code accepts it, with another proof if there is one.
    func verifies(with other: [Digest]? = nil) -> Bool {
        switch kind {
        case .inclusion:
            MerkleTree.verifiesInclusion(
                of: first,
                at: place,
                in: size,
                root: root,
                proof: other ?? proof
            )
        case .consistency:
            MerkleTree.verifiesConsistency(
                from: place,
                root: first,
                to: size,
                root: root,
                proof: other ?? proof
            )
        }
    }

    /// How many of the proofs are left when each bit of each hash is flipped in turn; none should.
    var flipsThatPass: Int {
        proof.indices.reduce(0) { count, index in
            (0..<256).reduce(count) { count, bit in
                var bytes = proof[index].bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                var flipped = proof
                if let digest = Digest(bytes: bytes) { flipped[index] = digest }
                return count + (verifies(with: flipped) ? 1 : 0)
            }
        }
    }

    init(_ text: Substring) throws {
        let words = text.split(separator: " ")
        try #require(words.count >= 5)
        kind = try #require(Kind(rawValue: String(words[0])))
        place = try #require(Int(words[1]))
        size = try #require(Int(words[2]))
        let hashes = try words[3...].map { try #require(Digest(hex: String($0))) }
        (first, root, proof) = (hashes[0], hashes[1], Array(hashes[2...]))
    }

    private init(_ kind: Kind, _ place: Int, _ size: Int, _ hashes: [Digest], _ proof: [Digest]) {
        (self.kind, self.place, self.size) = (kind, place, size)
        (first, root, self.proof) = (hashes[0], hashes[1], proof)
    }

    /// Every proof of the trees of 1 to `largest` leaves, made by our code.
    static func all(upTo largest: Int) async -> [ProofLine] {
        let leaves = (0..<largest).map { MerkleTree.leafHash("entry \($0)".utf8) }
        var (frontier, nodes, roots) = (MerkleTree.Frontier(), [] as [Digest], [] as [Digest])
        var lines: [ProofLine] = []
        for size in 1...largest {
            nodes += frontier.append(leaves[size - 1])
            roots.append(frontier.root)
            let read = { [nodes] (indexes: [Int]) in indexes.map { nodes[$0] } }
            for index in 0..<size {
                let proof = await MerkleTree.inclusionProof(of: index, in: size, nodes: read)
                lines.append(
                    ProofLine(.inclusion, index, size, [leaves[index], frontier.root], proof)
                )
            }
            for old in 1...size {
                let proof = await MerkleTree.consistencyProof(from: old, to: size, nodes: read)
                lines.append(
                    ProofLine(.consistency, old, size, [roots[old - 1], frontier.root], proof)
                )
            }
        }
        return lines
    }
}
