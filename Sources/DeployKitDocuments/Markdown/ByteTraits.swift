// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the bytes of a line may be, found out once: most rules look for marks that few lines have,
/// and need not look at the others.
package struct ByteTraits: OptionSet, Hashable, Sendable {
    /// One bit for each trait.
    package let rawValue: UInt16

    /// The traits of these bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A byte that may begin or end inline markup.
    package static let markup = Self(rawValue: 1)
    /// A byte that stands in every blank of a kind or begins a colon, ASCII or not: a line without
    /// has no label.
    package static let label = Self(rawValue: 2)
    /// A byte that a blank begins with.
    package static let blank = Self(rawValue: 4)
    /// A byte that a box begins with.
    package static let box = Self(rawValue: 8)
    /// A dollar sign.
    package static let dollar = Self(rawValue: 16)
    /// A byte beyond ASCII.
    package static let beyondASCII = Self(rawValue: 32)

    /// The traits of one byte.
    init(of byte: UInt8) {
        var traits: Self = byte >= 0x80 ? .beyondASCII : []
        switch byte {
        case 0x0A, UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "<"),
            UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "_"),
            UInt8(ascii: "`"):
            traits.insert(.markup)
        default: break
        }
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "<"), 0xE2, 0xEF:
            traits.insert(.label)
        default: break
        }
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "."), UInt8(ascii: "<"), UInt8(ascii: "\\"),
            UInt8(ascii: "_"), 0xE2:
            traits.insert(.blank)
        default: break
        }
        if byte == UInt8(ascii: "[") || byte == 0xE2 { traits.insert(.box) }
        if byte == UInt8(ascii: "$") { traits.insert(.dollar) }
        self = traits
    }

    /// The traits of all bytes in a range.
    init(of bytes: Span<UInt8>, _ range: Range<Int>) {
        let byByte = Self.byByte.span
        var all: UInt16 = 0
        for offset in range { all |= byByte[Int(bytes[offset])] }
        self.init(rawValue: all)
    }

    private static let byByte = (0...UInt8.max).map { Self(of: $0).rawValue }
}
