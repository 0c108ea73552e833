// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Gives names to the parts of a checklist: the same ones however the checklist is written.
///
/// A name is the slug of a title: lower case, its runs of letters and digits joined by hyphens, a
/// leading number such as `1.` left out, 80 characters at the most. A name that is taken gets `~2`,
/// `~3` and so on.
public struct Naming: Sendable {
    private var taken: [String: Int] = [:]

    /// Naming with nothing taken yet.
    public init() {}

    /// Makes room for as many names.
    package mutating func reserveCapacity(_ count: Int) { taken.reserveCapacity(count) }

    /// The slug of a title; `item` when it has neither letters nor digits.
    public static func slug(_ title: String) -> String { slug(title, after: "") }

    /// The slug of a title, with what stands before it in a name.
    package static func slug(_ title: String, after start: String) -> String {
        let short = unsafe title.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe start.utf8.withContiguousStorageIfAvailable { start in
                slug(ascii: unsafe bytes.span, after: unsafe start.span)
            }
        }
        if case let slug??? = short { return slug }
        return start + slug(ofCharacters: title)
    }

    private static func slug(ofCharacters title: String) -> String {
        var words: [String] = []
        var word = ""
        for character in withoutNumber(title).lowercased() {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if !word.isEmpty, character != "'", character != "’" {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        var slug = ""
        for word in words {
            if !slug.isEmpty, slug.count + word.count >= 80 { break }
            slug += (slug.isEmpty ? "" : "-") + word.prefix(80)
        }
        return slug.isEmpty ? "item" : slug
    }

    /// The same for a title of ASCII, many times faster; `nil` for any other.
    private static func slug(ascii bytes: Span<UInt8>, after start: Span<UInt8>) -> String? {
        var all: UInt8 = 0
        for offset in bytes.indices { all |= bytes[offset] }
        guard all < 0x80 else { return nil }
        // A hyphen for the last byte of each word, or "item".
        return unsafe String(unsafeUninitializedCapacity: start.count + bytes.count + 4) { text in
            for offset in start.indices { unsafe text[offset] = start[offset] }
            let (end, hasWord) = unsafe lay(slugOf: bytes, into: text, at: start.count)
            if hasWord { return end }
            for (offset, byte) in "item".utf8.enumerated() { unsafe text[end + offset] = byte }
            return end + 4
        }
    }

    /// Lays a slug down in room that suffices.
    ///
    /// - Returns: Where it ends, and whether it has a word.
    @unsafe
    private static func lay(
        slugOf bytes: Span<UInt8>,
        into text: UnsafeMutableBufferPointer<UInt8>,
        at base: Int
    ) -> (end: Int, hasWord: Bool) {
        var end = base
        // Where the word begins that is being written; a hyphen stands before any but the first.
        var start = base
        for position in startOfWords(bytes)...bytes.count {
            // The end of the title ends its last word.
            let byte = position < bytes.count ? bytes[position] : 0x20
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
                unsafe text[end] = byte | 0x20
                end += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                unsafe text[end] = byte
                end += 1
            case UInt8(ascii: "'"): break
            default:
                guard end > start else { continue }
                if end - base > 80 {
                    // A word too many goes, the only one is cut.
                    if start > base { return (start - 1, true) }
                    end = base + 80
                }
                unsafe text[end] = UInt8(ascii: "-")
                end += 1
                start = end
            }
        }
        return start > base ? (start - 1, true) : (base, false)
    }

    /// Where a title of ASCII begins without its leading number.
    private static func startOfWords(_ bytes: Span<UInt8>) -> Int {
        var start = 0
        while start < bytes.count, bytes[start].isASCIISpace { start += 1 }
        var end = start
        while end < bytes.count, isDigit(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
        guard end > start, isDigit(bytes[start]),
            bytes[end - 1] == UInt8(ascii: ".")
                || end < bytes.count && bytes[end] == UInt8(ascii: ")")
        else { return start }
        while end < bytes.count, bytes[end] == UInt8(ascii: ")") || bytes[end].isASCIISpace {
            end += 1
        }
        return end < bytes.count ? end : start
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Takes a name as it is, so that no other part gets it.
    ///
    /// - Returns: `false` when it is taken already.
    public mutating func claim(_ name: String) -> Bool {
        guard taken[name] == nil else { return false }
        taken[name] = 1
        return true
    }

    /// The name of a part, with `~n` when it is not the first of that name.
    public mutating func name(_ base: String) -> String {
        func count(_ uses: inout Int) -> Int {
            uses += 1
            return uses
        }
        var number = count(&taken[base, default: 0])
        guard number > 1 else { return base }
        while taken["\(base)~\(number)"] != nil { number += 1 }
        taken[base] = number
        taken["\(base)~\(number)"] = 1
        return "\(base)~\(number)"
    }

    private static func withoutNumber(_ title: String) -> Substring {
        var rest = title[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        let after = rest[digits.endIndex...]
        guard digits.first?.isNumber == true, digits.last == "." || after.first == ")" else {
            return rest
        }
        let title = after.drop { $0 == ")" || $0.isWhitespace }
        return title.isEmpty ? rest : title
    }
}
