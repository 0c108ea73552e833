// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The text of a leaf block as one run of bytes, lines joined by `\n`, that knows where in the
/// source each byte stands.
struct InlineBuffer {
    private(set) var bytes: [UInt8] = []
    /// Where runs of consecutive source bytes begin, in the buffer and in the source.
    private var runs: [(buffer: Int, source: Int)] = []

    /// A buffer with these bytes.
    init(_ source: [UInt8], _ ranges: some Sequence<Range<Int>>) {
        take(source, ranges, isCell: false)
    }

    /// A buffer without bytes.
    init() {}

    /// Takes the bytes of ranges instead of those that it has, one a line, without spaces at their
    /// start; in a cell without the backslash of `\|`, as tables drop it before inlines are read.
    mutating func take(_ source: [UInt8], _ ranges: some Sequence<Range<Int>>, isCell: Bool) {
        bytes.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        for range in ranges {
            if !runs.isEmpty { bytes.append(0x0A) }
            var start = range.lowerBound
            while start < range.upperBound, BlockReader.isSpaceOrTab(source[start]) { start += 1 }
            runs.append((bytes.count, start))
            guard isCell else {
                bytes.append(contentsOf: source[start..<range.upperBound])
                continue
            }
            for position in start..<range.upperBound {
                if source[position] == UInt8(ascii: "\\"), position + 1 < range.upperBound,
                    source[position + 1] == UInt8(ascii: "|")
                {
                    runs.append((bytes.count, position + 1))
                } else {
                    bytes.append(source[position])
                }
            }
        }
        while let last = bytes.last, BlockReader.isSpace(last) { bytes.removeLast() }
    }

    /// Where in the source a byte of the buffer stands; for its end, where it ends.
    func sourceOffset(_ position: Int) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].buffer <= position { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return 0 }
        return runs[low - 1].source + position - runs[low - 1].buffer
    }

    /// The source range of a range of the buffer.
    func sourceRange(_ range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else {
            let start = sourceOffset(range.lowerBound)
            return start..<start
        }
        return sourceOffset(range.lowerBound)..<sourceOffset(range.upperBound - 1) + 1
    }
}
