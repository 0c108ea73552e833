// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// A blank with a value in it, as write-back leaves it:
///
///     <!-- deploykit:blank d-7k2mxq _______ -->lena@example.com<!-- deploykit:end -->
///
/// The first comment keeps the deployment that filled it and the blank that was there, so that it
/// reads as the same blank again and can be emptied. Neither comment shows in a rendered page.
struct FilledBlank {
    private static let opening = Array("<!-- deploykit:blank ".utf8)
    private static let closing = Array(" -->".utf8)
    private static let end = Array("<!-- deploykit:end -->".utf8)

    /// The deployment that filled it.
    let deployment: String
    /// The bytes of the blank that was there.
    let blank: [UInt8]

    /// Whether what begins at `start` looks like a filled blank.
    static func begins(at start: Int, in source: [UInt8], before limit: Int) -> Bool {
        starts(with: opening, at: start, in: source, before: limit)
    }

    /// The end of the filled blank that begins at `start`, or `nil` when there is none that ends
    /// before `limit`.
    static func end(from start: Int, in source: [UInt8], before limit: Int) -> Int? {
        guard starts(with: opening, at: start, in: source, before: limit),
            let inner = first(closing, from: start + opening.count, in: source, before: limit),
            let outer = first(end, from: inner + closing.count, in: source, before: limit)
        else { return nil }
        return outer + end.count
    }

    /// Reads the filled blank that takes up the whole range, or `nil` when it holds none.
    init?(_ range: Range<Int>, in source: [UInt8]) {
        guard
            Self.end(from: range.lowerBound, in: source, before: range.upperBound)
                == range.upperBound
        else { return nil }
        let start = range.lowerBound + Self.opening.count
        guard
            let close = Self.first(Self.closing, from: start, in: source, before: range.upperBound),
            let space = source[start..<close].firstIndex(of: UInt8(ascii: " "))
        else { return nil }
        deployment = String(decoding: source[start..<space], as: UTF8.self)
        blank = Array(source[(space + 1)..<close])
    }

    /// The bytes of a filled blank.
    static func bytes(_ value: [UInt8], in blank: [UInt8], by deployment: DeploymentID) -> [UInt8] {
        opening + Array("\(deployment) ".utf8) + blank + closing + value + end
    }

    private static func starts(
        with word: [UInt8],
        at start: Int,
        in source: [UInt8],
        before limit: Int
    ) -> Bool {
        start + word.count <= limit && source[start..<start + word.count].elementsEqual(word)
    }

    /// Where `word` begins next, from `start` on and with its end not behind `limit`.
    static func first(
        _ word: [UInt8],
        from start: Int,
        in source: [UInt8],
        before limit: Int
    ) -> Int? {
        var offset = start
        while offset + word.count <= limit {
            if source[offset] == word[0],
                starts(with: word, at: offset, in: source, before: limit)
            {
                return offset
            }
            offset += 1
        }
        return nil
    }
}
