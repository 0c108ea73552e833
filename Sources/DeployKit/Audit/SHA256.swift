// DeployKit
// SPDX-License-Identifier: Apache-2.0

internal import CSHA256

/// SHA-256 (FIPS 180-4), fed piece by piece.
///
///     var hasher = SHA256()
///     hasher.update(salt)
///     hasher.update(body)
///     let digest = hasher.finalize()
///
/// Uses the processor's instructions for it where there are any (x86-64), else portable code.
public struct SHA256: Sendable {
    private var state = SIMD8<UInt32>(
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19
    )
    // Inline: most messages of a log are hashed in less time than an allocation takes. Bytes are
    // shifted into a word from the right, which pushes out what an earlier block left there.
    private var block = SIMD16<UInt32>()
    private var byteCount: UInt64 = 0
    private let hasInstructions: Bool

    private static let processorHasInstructions = dk_sha256_is_available()

    /// A hasher that was fed nothing.
    public init() {
        hasInstructions = Self.processorHasInstructions
    }

    /// A hasher that uses portable code, whatever the processor has.
    package static var portable: Self { Self(hasInstructions: false) }

    private init(hasInstructions: Bool) {
        self.hasInstructions = hasInstructions
    }

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
        absorb(digest.words.0)
        absorb(digest.words.1)
        absorb(digest.words.2)
        absorb(digest.words.3)
    }

    /// The digest of everything that was fed; the hasher is left as it was and may be fed more.
    public func finalize() -> Digest {
        var copy = self
        copy.absorb(0x80 as UInt8)
        while copy.byteCount & 3 != 0 { copy.absorb(0 as UInt8) }
        while copy.byteCount & 63 != 56 { copy.absorb(0 as UInt32) }
        copy.absorb(byteCount << 3)
        let state = copy.state
        func word(_ index: Int) -> UInt64 {
            UInt64(state[index]) << 32 | UInt64(state[index + 1])
        }
        return Digest(words: (word(0), word(2), word(4), word(6)))
    }

    /// The word of the block that the next byte belongs to.
    private var slot: Int { Int(byteCount & 63) >> 2 }

    /// Pushes the lowest `count` bits of `word` into a word of the block.
    @inline(__always)
    private mutating func push(_ word: UInt32, _ count: UInt32, at slot: Int) {
        // In place: a vector would be taken out, changed and put back.
        unsafe withUnsafeMutableBytes(of: &block) { words in
            let offset = slot &* 4
            let held = unsafe words.load(fromByteOffset: offset, as: UInt32.self)
            unsafe words.storeBytes(of: held << count | word, toByteOffset: offset, as: UInt32.self)
        }
    }

    private mutating func absorb(_ byte: UInt8) {
        push(UInt32(byte), 8, at: slot)
        byteCount &+= 1
        if byteCount & 63 == 0 { compress() }
    }

    @inline(__always)
    private mutating func absorb(_ word: UInt32) {
        let (slot, held) = (slot, UInt32(byteCount & 3) &* 8)
        byteCount &+= 4
        push(word >> held, 32 - held, at: slot)
        if slot == 15 { compress() }
        if held > 0 { push(word, 32, at: (slot + 1) & 15) }
    }

    private mutating func absorb(_ word: UInt64) {
        absorb(UInt32(truncatingIfNeeded: word >> 32))
        absorb(UInt32(truncatingIfNeeded: word))
    }

    private mutating func absorb(_ buffer: UnsafeRawBufferPointer) {
        func word(_ position: Int) -> UInt32 {
            unsafe UInt32(
                bigEndian: buffer.loadUnaligned(fromByteOffset: position, as: UInt32.self)
            )
        }
        var position = 0
        while position < buffer.count {
            let room = 64 - Int(byteCount & 63)
            if hasInstructions, room == 64, buffer.count - position >= 64 {
                let blocks = (buffer.count - position) / 64
                unsafe withUnsafeMutableBytes(of: &state) { state in
                    unsafe dk_sha256_bytes(
                        state.baseAddress?.assumingMemoryBound(to: UInt32.self),
                        buffer.baseAddress?.advanced(by: position)
                            .assumingMemoryBound(to: UInt8.self),
                        blocks
                    )
                }
                byteCount &+= UInt64(blocks) &* 64
                position += blocks * 64
            } else if room == 64, buffer.count - position >= 64 {
                for slot in 0..<16 { push(word(position &+ slot &* 4), 32, at: slot) }
                byteCount &+= 64
                position += 64
                compress()
            } else if room >= 4, buffer.count - position >= 4 {
                absorb(word(position))
                position += 4
            } else {
                // Up to the end of the block, so that those after it are taken whole.
                unsafe absorb(buffer[position])
                position += 1
            }
        }
    }

    private mutating func compress() {
        guard !hasInstructions else {
            return unsafe withUnsafeMutableBytes(of: &state) { state in
                unsafe withUnsafeBytes(of: block) { block in
                    unsafe dk_sha256_words(
                        state.baseAddress?.assumingMemoryBound(to: UInt32.self),
                        block.baseAddress?.assumingMemoryBound(to: UInt32.self)
                    )
                }
            }
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        var schedule = block
        // Every index is within bounds by construction; unchecked, a block takes half the time.
        unsafe withUnsafeMutablePointer(to: &schedule) { schedule in
            let words = unsafe UnsafeMutableRawPointer(schedule)
                .assumingMemoryBound(to: UInt32.self)
            unsafe Self.roundConstants.withUnsafeBufferPointer { constants in
                var t = 0
                while t < 64 {
                    if t >= 16 { unsafe Self.extend(words, t) }
                    @inline(__always)
                    func word(_ offset: Int) -> UInt32 {
                        unsafe words[(t &+ offset) & 15] &+ constants[t &+ offset]
                    }
                    Self.round(a, b, c, &d, e, f, g, &h, word(0))
                    Self.round(h, a, b, &c, d, e, f, &g, word(1))
                    Self.round(g, h, a, &b, c, d, e, &f, word(2))
                    Self.round(f, g, h, &a, b, c, d, &e, word(3))
                    Self.round(e, f, g, &h, a, b, c, &d, word(4))
                    Self.round(d, e, f, &g, h, a, b, &c, word(5))
                    Self.round(c, d, e, &f, g, h, a, &b, word(6))
                    Self.round(b, c, d, &e, f, g, h, &a, word(7))
                    t &+= 8
                }
            }
        }
        state &+= SIMD8(a, b, c, d, e, f, g, h)
    }

    /// Makes the eight words of the schedule from `t` on, in the places of those 16 before.
    @inline(__always)
    private static func extend(_ words: UnsafeMutablePointer<UInt32>, _ t: Int) {
        var t = t
        repeat {
            let x = unsafe words[(t &+ 1) & 15]
            let y = unsafe words[(t &+ 14) & 15]
            let s0 = (x &>> 7 | x &<< 25) ^ (x &>> 18 | x &<< 14) ^ x &>> 3
            let s1 = (y &>> 17 | y &<< 15) ^ (y &>> 19 | y &<< 13) ^ y &>> 10
            unsafe words[t & 15] = words[t & 15] &+ s0 &+ words[(t &+ 9) & 15] &+ s1
            t &+= 1
        } while t & 7 != 0
    }

    /// One round; instead of moving every variable on, the next is called with other ones.
    @inline(__always)
    private static func round(
        _ a: UInt32,
        _ b: UInt32,
        _ c: UInt32,
        _ d: inout UInt32,
        _ e: UInt32,
        _ f: UInt32,
        _ g: UInt32,
        _ h: inout UInt32,
        _ word: UInt32
    ) {
        let s1 = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
        let s0 = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
        h = h &+ s1 &+ (g ^ (e & (f ^ g))) &+ word
        d = d &+ h
        h = h &+ s0 &+ ((a & b) | (c & (a | b)))
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
