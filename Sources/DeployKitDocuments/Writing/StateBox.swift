// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the bytes of a box become when its state changes.
///
/// Between brackets it is one byte, and `☐` and `☑` change places. A box without a ticked
/// counterpart, such as `⬜`, is replaced by `☑<!-- deploykit:box ⬜ -->`, which keeps it, so that it
/// comes back when the tick is taken away. The comment does not show in a rendered page.
enum StateBox {
    private static let opening = Array("<!-- deploykit:box ".utf8)
    private static let closing = Array(" -->".utf8)
    private static let blank = Array("☐".utf8)
    private static let ticked = Array("☑".utf8)

    /// The bytes of a ticked or blank box in place of `present`.
    static func bytes(ticked isTicked: Bool, inPlaceOf present: [UInt8]) -> [UInt8] {
        if present.count == 1 { return [UInt8(ascii: isTicked ? "x" : " ")] }
        if let original = original(of: present) { return isTicked ? present : original }
        if isTicked {
            return present == blank ? ticked : ticked + opening + present + closing
        }
        return blank
    }

    /// The box that a generated comment keeps.
    private static func original(of present: [UInt8]) -> [UInt8]? {
        guard present.starts(with: ticked + opening),
            present.suffix(closing.count).elementsEqual(closing)
        else { return nil }
        return Array(present.dropFirst(ticked.count + opening.count).dropLast(closing.count))
    }

    /// The end of the generated comment that begins at `start`, if one does.
    static func endOfComment(at start: Int, in source: [UInt8], before limit: Int) -> Int? {
        guard start < limit, source[start..<limit].starts(with: opening) else { return nil }
        var end = start + opening.count
        while end + closing.count <= limit {
            if source[end..<end + closing.count].elementsEqual(closing) {
                return end + closing.count
            }
            end += 1
        }
        return nil
    }
}

extension MarkdownDocument {
    /// The boxes in a range that are not inside a comment, each with the generated comment after it.
    func stateBoxes(in range: Range<Int>) -> [MarkdownBox] {
        var result: [MarkdownBox] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let comment = firstComment(in: start..<range.upperBound)
            for var box in boxes(in: start..<(comment?.lowerBound ?? range.upperBound)) {
                if !box.isBracketed,
                    let end = StateBox.endOfComment(
                        at: box.range.upperBound,
                        in: source,
                        before: range.upperBound
                    )
                {
                    box.range = box.range.lowerBound..<end
                }
                result.append(box)
            }
            start = comment?.upperBound ?? range.upperBound
        }
        return result
    }

    /// The first comment of a range; one that does not end there goes on to the end of the range.
    private func firstComment(in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start + 4 <= range.upperBound {
            guard source[start..<start + 4].elementsEqual("<!--".utf8) else {
                start += 1
                continue
            }
            var end = start + 4
            while end + 3 <= range.upperBound, !source[end..<end + 3].elementsEqual("-->".utf8) {
                end += 1
            }
            return start..<(end + 3 <= range.upperBound ? end + 3 : range.upperBound)
        }
        return nil
    }
}
