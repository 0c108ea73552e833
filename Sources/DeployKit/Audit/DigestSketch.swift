// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Which digests were seen, in eight bytes each, so that those of a million entries fit in memory.
///
/// It knows every digest that it was given. One that it was not given it takes for known once in
/// 2^64 divided by their number; since each process hashes in its own way, no file can be made to
/// fit.
struct DigestSketch {
    private var marks: [Int] = []
    private var isSorted = true
    private var room = 1 << 16

    /// Remembers a digest.
    mutating func insert(_ digest: Digest) {
        marks.append(digest.hashValue)
        isSorted = false
        guard marks.count == room else { return }
        sort()
        if marks.count > room / 2 { room *= 2 }
    }

    /// Whether a digest was given.
    mutating func contains(_ digest: Digest) -> Bool {
        if !isSorted { sort() }
        let mark = digest.hashValue
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle] < mark { low = middle + 1 } else { high = middle }
        }
        return low < marks.count && marks[low] == mark
    }

    private mutating func sort() {
        marks.sort()
        var kept = 0
        for mark in marks where kept == 0 || marks[kept - 1] != mark {
            marks[kept] = mark
            kept += 1
        }
        marks.removeLast(marks.count - kept)
        isSorted = true
    }
}
