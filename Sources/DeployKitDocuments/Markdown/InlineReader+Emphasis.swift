// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension InlineReader {
    mutating func readRun() {
        let mark = bytes[cursor]
        let start = cursor
        while cursor < bytes.count, bytes[cursor] == mark { cursor += 1 }
        let before = scalar(endingAt: start)
        let after = scalar(startingAt: cursor)
        let isAfterSpace = Self.isSpace(before)
        let isBeforeSpace = Self.isSpace(after)
        let isAfterMark = Self.isPunctuation(before)
        let isBeforeMark = Self.isPunctuation(after)
        let isLeft = !isBeforeSpace && (!isBeforeMark || isAfterSpace || isAfterMark)
        let isRight = !isAfterSpace && (!isAfterMark || isBeforeSpace || isBeforeMark)
        let isStar = mark == UInt8(ascii: "*")
        let index = runs.count
        runs.append(
            Run(
                token: tokens.count,
                mark: mark,
                length: cursor - start,
                canOpen: isLeft && (isStar || !isRight || isAfterMark),
                canClose: isRight && (isStar || !isLeft || isBeforeMark),
                previous: lastRun,
                next: nil
            )
        )
        if let lastRun { runs[lastRun].next = index }
        lastRun = index
        tokens.append(Token(form: .run, range: start..<cursor))
    }

    /// Pairs runs above one of them on the stack, and takes them off it.
    mutating func pairRuns(above bottom: Int?) {
        guard lastRun != bottom else { return }
        // The lowest run that may still be an opener for each kind of closer: what lies below
        // was searched in vain, so that no search is repeated.
        var searched: [Int?] = Array(repeating: bottom, count: 12)
        var closer = bottom.map { runs[$0].next } ?? firstRun()
        while let current = closer {
            guard runs[current].canClose else {
                closer = runs[current].next
                continue
            }
            let kind =
                (runs[current].mark == UInt8(ascii: "*") ? 6 : 0)
                + (runs[current].canOpen ? 3 : 0) + runs[current].length % 3
            var opener = runs[current].previous
            while let candidate = opener, candidate != searched[kind], candidate != bottom {
                if matches(candidate, current) { break }
                opener = runs[candidate].previous
            }
            if let opener, opener != searched[kind], opener != bottom {
                closer = pair(opener, current)
            } else {
                searched[kind] = runs[current].previous
                closer = runs[current].next
                if !runs[current].canOpen { remove(current) }
            }
        }
        lastRun = bottom
        if let bottom { runs[bottom].next = nil }
    }

    private func firstRun() -> Int? {
        var first = lastRun
        while let current = first, let previous = runs[current].previous { first = previous }
        return first
    }

    private func matches(_ opener: Int, _ closer: Int) -> Bool {
        let (first, second) = (runs[opener], runs[closer])
        guard first.canOpen, first.mark == second.mark else { return false }
        let isAmbiguous = first.canClose || second.canOpen
        return !isAmbiguous || second.length % 3 == 0 || (first.length + second.length) % 3 != 0
    }

    /// Makes emphasis of two runs and takes off what lies between them.
    ///
    /// - Returns: The run to look at next.
    private mutating func pair(_ opener: Int, _ closer: Int) -> Int? {
        let (first, last) = (runs[opener].token, runs[closer].token)
        let (left, right) = (tokens[first].range, tokens[last].range)
        let width = left.count >= 2 && right.count >= 2 ? 2 : 1
        tokens[first].range = left.lowerBound..<left.upperBound - width
        tokens[last].range = right.lowerBound + width..<right.upperBound
        spans.append(
            OpenSpan(
                kind: width == 2 ? .strong : .emphasis,
                range: left.upperBound - width..<right.lowerBound + width,
                first: first,
                last: last
            )
        )
        runs[opener].next = closer
        runs[closer].previous = opener
        if tokens[first].range.isEmpty { remove(opener) }
        guard tokens[last].range.isEmpty else { return closer }
        let next = runs[closer].next
        remove(closer)
        return next
    }

    private mutating func remove(_ index: Int) {
        let (previous, next) = (runs[index].previous, runs[index].next)
        if let previous { runs[previous].next = next }
        if let next { runs[next].previous = previous } else { lastRun = previous }
    }

    // MARK: Neighbours

    private func scalar(endingAt position: Int) -> Unicode.Scalar {
        guard position > 0 else { return "\n" }
        var start = position - 1
        while start > 0, position - start < 4, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self).unicodeScalars.last ?? "\n"
    }

    private func scalar(startingAt position: Int) -> Unicode.Scalar {
        guard position < bytes.count else { return "\n" }
        var end = position + 1
        while end < bytes.count, end - position < 4, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first ?? "\n"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar == " " || (0x09...0x0D).contains(scalar.value) }
        return scalar.properties.generalCategory == .spaceSeparator
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return LinkScanner.isPunctuation(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }
}
