// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// The leaves that Certificate Transparency's reference trees are made of.
let publishedLeaves: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    Array(0x50...0x57), Array(0x60...0x6F),
]

@Suite struct AuditMerkleTreeTests {
    static let publishedRoots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test(arguments: 0...8)
    func publishedTreesHaveTheirRoots(size: Int) {
        var frontier = MerkleTree.Frontier()
        for leaf in publishedLeaves.prefix(size) {
            _ = frontier.append(MerkleTree.leafHash(leaf))
        }
        #expect(frontier.root.hex == Self.publishedRoots[size])
        #expect(frontier.size == size)
    }

    @Test func publishedLeafAndNodeHaveTheirHashes() throws {
        #expect(
            MerkleTree.leafHash("L123456".utf8).hex
                == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
        )
        // The published node vector has children of four bytes, which no tree has; the same
        // prefix and order are checked on digests, by hand.
        let (left, right) = (SHA256.digest(of: [1]), SHA256.digest(of: [2]))
        #expect(
            MerkleTree.nodeHash(left, right) == SHA256.digest(of: [1] + left.bytes + right.bytes)
        )
        #expect(
            SHA256.digest(of: [1] + "N123N456".utf8).hex
                == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
        )
    }

    @Test func nodesStandInDenseOrder() {
        // Go's sumdb: the rows that the leaves 0 to 7 write.
        let expected = [[0], [1, 2], [3], [4, 5, 6], [7], [8, 9], [10], [11, 12, 13, 14]]
        var frontier = MerkleTree.Frontier()
        for (number, indexes) in expected.enumerated() {
            let first = MerkleTree.nodeCount(ofSize: number)
            let completed = frontier.append(SHA256.digest(of: [UInt8(number)]))
            #expect(Array(first..<first + completed.count) == indexes)
            for level in indexes.indices {
                #expect(
                    MerkleTree.nodeIndex(level: level, number: number >> level) == indexes[level]
                )
            }
        }
        #expect(MerkleTree.nodeCount(ofSize: 1_000_000) == 1_999_993)
    }

    @Test func aFrontierIsReadBackFromItsNodes() {
        var nodes: [Digest] = []
        var frontier = MerkleTree.Frontier()
        for number in 0..<300 {
            let indexes = MerkleTree.Frontier.indexes(ofSize: number)
            let read = MerkleTree.Frontier(size: number, roots: indexes.map { nodes[$0] })
            #expect(read == frontier)
            nodes += frontier.append(SHA256.digest(of: [UInt8(number & 255)]))
        }
        #expect(MerkleTree.Frontier(size: 3, roots: []) == nil)
    }
}
