// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitTesting

/// What is done to a copy of a store file.
enum Damage: String, Codable, Sendable {
    /// One byte becomes another.
    case byte
    /// The file ends at a page, or a few bytes behind it; the number of the case says where.
    case cut
    /// Pages change places, are doubled, taken from another log; pointers and headers change.
    case structure

    static let pageSize = 4096

    /// Damages `bytes`.
    ///
    /// - Returns: What was done, in words that a failure can show.
    func apply(
        to bytes: inout [UInt8],
        other: [UInt8],
        _ number: Int,
        using random: inout SplitMix64
    ) -> String {
        switch self {
        case .byte:
            let place = Int.random(in: bytes.indices, using: &random)
            let mask = UInt8.random(in: 1...255, using: &random)
            bytes[place] ^= mask
            return "byte \(place) xor \(mask)"
        case .cut:
            let size = number / 3 * Self.pageSize + [0, 1, 100][number % 3]
            bytes.removeSubrange(min(size, bytes.count)...)
            return "cut to \(bytes.count) bytes"
        case .structure:
            return (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Self.restructure(&bytes, other, using: &random)
            }.joined(separator: ", ")
        }
    }

    private static func restructure(
        _ bytes: inout [UInt8],
        _ other: [UInt8],
        using random: inout SplitMix64
    ) -> String {
        let pages = bytes.count / pageSize
        let page = Int.random(in: 0..<pages, using: &random)
        let source = Int.random(in: 0..<pages, using: &random)
        let range = { (page: Int) in page * pageSize..<(page + 1) * pageSize }
        // The first page begins with the header of the file, its tree behind it.
        let top = page * pageSize + (page == 0 ? 100 : 0)
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let kept = Array(bytes[range(page)])
            bytes.replaceSubrange(range(page), with: Array(bytes[range(source)]))
            bytes.replaceSubrange(range(source), with: kept)
            return "pages \(page) and \(source) swapped"
        case 1:
            bytes.replaceSubrange(range(page), with: Array(bytes[range(source)]))
            return "page \(page) is page \(source)"
        case 2:
            bytes.replaceSubrange(range(page), with: repeatElement(0, count: pageSize))
            return "page \(page) is zero"
        case 3:
            let foreign = source % (other.count / pageSize)
            bytes.replaceSubrange(range(page), with: other[range(foreign)])
            return "page \(page) is page \(foreign) of another log"
        case 4:
            bytes.insert(contentsOf: bytes[range(source)], at: page * pageSize)
            return "page \(source) is repeated before page \(page)"
        case 5:
            guard pages > 2 else { fallthrough }
            bytes.removeSubrange(range(page))
            return "page \(page) is gone"
        case 6:
            let place = top + Int.random(in: 0..<12, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
            return "byte \(place) in the header of page \(page) is \(bytes[place])"
        case 7:
            let cells = Int(bytes[top + 3]) << 8 | Int(bytes[top + 4])
            let start = top + (bytes[top] < 8 ? 12 : 8)
            let slot = start + 2 * Int.random(in: 0..<max(1, min(cells, 1000)), using: &random)
            let pointer = UInt16.random(in: 0...UInt16(pageSize), using: &random)
            bytes[slot] = UInt8(pointer >> 8)
            bytes[slot + 1] = UInt8(pointer & 0xFF)
            return "a cell of page \(page) is at \(pointer)"
        case 8:
            // A page number: a child, the next page of a long row, or of the free list.
            let slot = [top + 8, page * pageSize, 32][Int.random(in: 0..<3, using: &random)]
            bytes[slot] = 0
            bytes[slot + 1] = 0
            bytes[slot + 2] = UInt8(source >> 8)
            bytes[slot + 3] = UInt8(source & 0xFF)
            return "the page number at \(slot) is \(source)"
        default:
            let place = Int.random(in: 16..<100, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
            return "byte \(place) of the header is \(bytes[place])"
        }
    }
}
