// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Keccak-256 as Ethereum uses it: the padding of the original submission, not that of SHA3-256.
///
/// It serves the checksums of ``EVMAddress`` and nothing secret.
package enum Keccak256 {
    /// The rate in bytes: 1600 bits of state less twice 256 bits of capacity.
    private static let rate = 136

    private static let roundConstants: [UInt64] = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A,
        0x8000_0000_8000_8000, 0x0000_0000_0000_808B, 0x0000_0000_8000_0001,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8009, 0x0000_0000_0000_008A,
        0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000A,
        0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089,
        0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080,
        0x0000_0000_0000_800A, 0x8000_0000_8000_000A, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]

    /// The rotation of each lane in the order in which ``lanes`` visits them.
    private static let rotations: [UInt64] = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ]

    private static let lanes = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ]

    /// The 32 bytes of the digest.
    package static func digest(of message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x01)
        while padded.count % rate != 0 { padded.append(0) }
        padded[padded.count - 1] |= 0x80
        var state = [UInt64](repeating: 0, count: 25)
        for block in stride(from: 0, to: padded.count, by: rate) {
            for offset in 0..<rate {
                state[offset / 8] ^= UInt64(padded[block + offset]) << UInt64(offset % 8 * 8)
            }
            permute(&state)
        }
        return (0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64($0 % 8 * 8)) }
    }

    private static func permute(_ state: inout [UInt64]) {
        func rotated(_ value: UInt64, by count: UInt64) -> UInt64 {
            value << count | value >> (64 - count)
        }
        for constant in roundConstants {
            var parity = [UInt64](repeating: 0, count: 5)
            for lane in 0..<25 { parity[lane % 5] ^= state[lane] }
            for column in 0..<5 {
                let mask = parity[(column + 4) % 5] ^ rotated(parity[(column + 1) % 5], by: 1)
                for row in stride(from: 0, to: 25, by: 5) { state[column + row] ^= mask }
            }
            var carried = state[1]
            for (lane, rotation) in zip(lanes, rotations) {
                (state[lane], carried) = (rotated(carried, by: rotation), state[lane])
            }
            for row in stride(from: 0, to: 25, by: 5) {
                let lanesOfRow = Array(state[row..<row + 5])
                for column in 0..<5 {
                    state[row + column] ^=
                        ~lanesOfRow[(column + 1) % 5] & lanesOfRow[(column + 2) % 5]
                }
            }
            state[0] ^= constant
        }
    }
}
