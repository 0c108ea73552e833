// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// SHA-256 (FIPS 180-4), fed piece by piece.
///
///     var hasher = SHA256()
///     hasher.update(salt)
///     hasher.update(body)
///     let digest = hasher.finalize()
public struct SHA256: Sendable {
    private var a: UInt32 = 0x6a09_e667
    private var b: UInt32 = 0xbb67_ae85
    private var c: UInt32 = 0x3c6e_f372
    private var d: UInt32 = 0xa54f_f53a
    private var e: UInt32 = 0x510e_527f
    private var f: UInt32 = 0x9b05_688c
    private var g: UInt32 = 0x1f83_d9ab
    private var h: UInt32 = 0x5be0_cd19
    /// The message schedule; its first 16 words take in the block, byte by byte.
    private var schedule = [UInt32](repeating: 0, count: 64)
    private var byteCount: UInt64 = 0

    /// A hasher that was fed nothing.
    public init() {}

    /// The digest of `bytes`.
    public static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        var hasher = Self()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// Feeds `bytes`; how a message is cut into pieces does not change its digest.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe absorb(UnsafeRawBufferPointer(buffer))
        }
        if isDone == nil {
            for byte in bytes { absorb(byte) }
        }
    }

    /// Feeds the 32 bytes of `digest`.
    public mutating func update(_ digest: Digest) {
        for word in [digest.words.0, digest.words.1, digest.words.2, digest.words.3] {
            absorb(word)
        }
    }

    /// The digest of everything that was fed; the hasher is left as it was and may be fed more.
    public func finalize() -> Digest {
        var copy = self
        copy.absorb(0x80 as UInt8)
        while copy.byteCount & 63 != 56 { copy.absorb(0 as UInt8) }
        copy.absorb(byteCount << 3)
        func word(_ high: UInt32, _ low: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
        return Digest(
            words: (
                word(copy.a, copy.b), word(copy.c, copy.d), word(copy.e, copy.f),
                word(copy.g, copy.h)
            )
        )
    }

    private mutating func absorb(_ word: UInt64) {
        for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
            absorb(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    private mutating func absorb(_ byte: UInt8) {
        // Four shifts push out whatever an earlier block left in the word.
        let slot = Int(byteCount & 63) >> 2
        schedule[slot] = schedule[slot] << 8 | UInt32(byte)
        byteCount &+= 1
        if byteCount & 63 == 0 { compress() }
    }

    // Whole blocks are read as words: measured four times as fast as byte by byte.
    private mutating func absorb(_ buffer: UnsafeRawBufferPointer) {
        var position = 0
        while position < buffer.count {
            guard byteCount & 63 == 0, buffer.count - position >= 64 else {
                unsafe absorb(buffer[position])
                position += 1
                continue
            }
            for slot in 0..<16 {
                schedule[slot] = unsafe UInt32(
                    bigEndian: buffer.loadUnaligned(
                        fromByteOffset: position + slot * 4,
                        as: UInt32.self
                    )
                )
            }
            byteCount &+= 64
            position += 64
            compress()
        }
    }

    private mutating func compress() {
        var (a, b, c, d) = (self.a, self.b, self.c, self.d)
        var (e, f, g, h) = (self.e, self.f, self.g, self.h)
        // Bounds are known here, and checking each of the 400 accesses costs half the speed.
        unsafe schedule.withUnsafeMutableBufferPointer { words in
            unsafe Self.roundConstants.withUnsafeBufferPointer { constants in
                var t = 16
                while t < 64 {
                    let x = unsafe words[t &- 15]
                    let y = unsafe words[t &- 2]
                    let s0 = (x &>> 7 | x &<< 25) ^ (x &>> 18 | x &<< 14) ^ x &>> 3
                    let s1 = (y &>> 17 | y &<< 15) ^ (y &>> 19 | y &<< 13) ^ y &>> 10
                    unsafe words[t] = words[t &- 16] &+ s0 &+ words[t &- 7] &+ s1
                    t &+= 1
                }
                t = 0
                while t < 64 {
                    let s1 = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
                    let choice = (e & f) ^ (~e & g)
                    let t1 = unsafe h &+ s1 &+ choice &+ constants[t] &+ words[t]
                    let s0 = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
                    let majority = (a & b) ^ (a & c) ^ (b & c)
                    h = g
                    g = f
                    f = e
                    e = d &+ t1
                    d = c
                    c = b
                    b = a
                    a = t1 &+ s0 &+ majority
                    t &+= 1
                }
            }
        }
        self.a &+= a
        self.b &+= b
        self.c &+= c
        self.d &+= d
        self.e &+= e
        self.f &+= f
        self.g &+= g
        self.h &+= h
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1,
        0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786,
        0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
        0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a,
        0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
