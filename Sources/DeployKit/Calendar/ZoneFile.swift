// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a file of the zone database holds (RFC 9636, section 3), read with every bound checked.
struct ZoneFile {
    private(set) var changes: [(at: Int64, offset: Int)] = []
    private(set) var first = 0
    private(set) var rest: RecurringZoneRule?

    // The largest file of the database has less than 4 KiB.
    private static let mostBytes = 1 << 20

    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.mostBytes, let head = Header(bytes[...]) else { return nil }
        // From version 2 on the data stands twice, the second time with 64-bit moments.
        if head.version == 0 {
            guard read(head, bytes[...].dropFirst(Header.length), momentLength: 4) != nil else {
                return nil
            }
            return
        }
        let second = bytes.dropFirst(Header.length + head.length(momentLength: 4))
        guard let head = Header(second),
            let footer = read(head, second.dropFirst(Header.length), momentLength: 8),
            footer.first == 0x0A, footer.last == 0x0A, footer.count >= 2
        else { return nil }
        let text = footer.dropFirst().dropLast()
        if text.isEmpty { return }
        guard let rule = RecurringZoneRule(text) else { return nil }
        rest = rule
    }

    /// Reads the data block.
    ///
    /// - Returns: What stands behind it, or `nil` when it does not fit.
    private mutating func read(
        _ head: Header,
        _ bytes: ArraySlice<UInt8>,
        momentLength: Int
    ) -> ArraySlice<UInt8>? {
        let length = head.length(momentLength: momentLength)
        guard bytes.count >= length, head.types > 0 else { return nil }
        let moments = bytes.prefix(head.moments * momentLength)
        let indexes = bytes.dropFirst(moments.count).prefix(head.moments)
        let types = bytes.dropFirst(moments.count + indexes.count).prefix(head.types * 6)
        let offsets = (0..<head.types).map { number in
            Int(Self.integer(types.dropFirst(number * 6).prefix(4)))
        }
        guard offsets.allSatisfy({ abs($0) < 7 * 86_400 }) else { return nil }
        var found: [(at: Int64, offset: Int)] = []
        for (number, index) in indexes.enumerated() {
            let at = Self.integer(moments.dropFirst(number * momentLength).prefix(momentLength))
            guard index < offsets.count, found.last.map({ $0.at < at }) ?? true else { return nil }
            found.append((at, offsets[Int(index)]))
        }
        changes = found
        first = offsets[0]
        return bytes.dropFirst(length)
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 {
        var value: Int64 = bytes.first.map { $0 >= 0x80 } == true ? -1 : 0
        for byte in bytes { value = value << 8 | Int64(byte) }
        return value
    }

    private struct Header {
        static let length = 44
        let version: UInt8
        let moments: Int
        let types: Int
        private let rest: [Int]

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= Self.length, bytes.starts(with: "TZif".utf8) else { return nil }
            version = bytes[bytes.startIndex + 4]
            // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
            let counts = (0..<6).map { number in
                Int(ZoneFile.integer(bytes.dropFirst(20 + number * 4).prefix(4)))
            }
            guard counts.allSatisfy({ (0..<ZoneFile.mostBytes).contains($0) }) else { return nil }
            (moments, types) = (counts[3], counts[4])
            rest = [counts[0], counts[1], counts[2], counts[5]]
        }

        func length(momentLength: Int) -> Int {
            moments * (momentLength + 1) + types * 6 + rest[3] + rest[2] * (momentLength + 4)
                + rest[1] + rest[0]
        }
    }
}
