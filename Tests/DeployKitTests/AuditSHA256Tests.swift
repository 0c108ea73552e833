// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct AuditSHA256Tests {
    // FIPS 180-4 examples and NIST's short messages.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func publishedMessagesHaveTheirDigests(message: String, digest: String) {
        #expect(SHA256.digest(of: message.utf8).hex == digest)
        var hasher = SHA256.portable
        hasher.update(message.utf8)
        #expect(hasher.finalize().hex == digest)
    }

    /// Instructions of the processor and portable code give one digest, however a message is cut.
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func bothWaysOfHashingAgree(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (one, other) = (SHA256(), SHA256.portable)
        for _ in 0..<8 {
            let piece = random.bytes(Int.random(in: 0..<300, using: &random))
            one.update(piece)
            if Bool.random(using: &random) {
                other.update(piece)
            } else {
                for byte in piece { other.update(CollectionOfOne(byte)) }
            }
            #expect(one.finalize() == other.finalize(), "seed \(seed)")
        }
    }

    @Test func aMillionTimesAHasItsDigest() {
        var hasher = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
        for _ in 0..<100 { hasher.update(piece) }
        #expect(
            hasher.finalize().hex
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        )
    }

    @Test func cuttingAMessageDoesNotChangeItsDigest() {
        let message = (0..<200).map { UInt8($0) }
        let whole = SHA256.digest(of: message)
        for cut in 0...200 {
            var hasher = SHA256()
            hasher.update(message[..<cut])
            _ = hasher.finalize()
            hasher.update(message[cut...].lazy.map { $0 })
            #expect(hasher.finalize() == whole, "cut at \(cut)")
        }
    }

    @Test func aDigestIsFedAsItsBytes() {
        let digest = SHA256.digest(of: [1, 2, 3])
        for prefix in 0..<64 {
            var one = SHA256()
            one.update([UInt8](repeating: 7, count: prefix))
            var other = one
            one.update(digest)
            other.update(digest.bytes)
            #expect(one.finalize() == other.finalize())
        }
    }
}
