// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension WriteBack {
    private static let opening = Array("<!-- deploykit:".utf8)
    private static let closing = Array("-->".utf8)

    /// A page without what write-back put into it: its comments, and the values in filled blanks.
    ///
    /// A declaration, `<!-- deploykit: … -->`, belongs to the page. Linear in the length of the page.
    static func withoutState(_ source: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var (copied, offset) = (0, 0)
        // What is not closed now is closed nowhere below it: it need not be looked for again.
        var mayFill = true
        while let start = FilledBlank.first(
            opening,
            from: offset,
            in: source,
            before: source.count
        ) {
            offset = start + opening.count
            guard offset < source.count, source[offset] != UInt8(ascii: " ") else { continue }
            var end: Int?
            if mayFill, FilledBlank.begins(at: start, in: source, before: source.count) {
                end = FilledBlank.end(from: start, in: source, before: source.count)
                mayFill = end != nil
            }
            if end == nil {
                end = FilledBlank.first(closing, from: offset, in: source, before: source.count)
                    .map { $0 + closing.count }
            }
            guard let end else { break }
            result.append(contentsOf: source[copied..<start])
            (copied, offset) = (end, end)
        }
        result.append(contentsOf: source[copied...])
        return result
    }
}
