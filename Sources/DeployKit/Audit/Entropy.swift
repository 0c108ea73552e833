// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// 32 random bytes from the caller, for one append: the core has no source of randomness.
///
/// Everything that has to be unguessable in the append is derived from them. The seed itself is
/// not stored; using one twice makes salts repeat, and with them the digests of equal texts.
public struct Entropy: Hashable, Sendable {
    private let seed: Digest

    /// Takes 32 random bytes.
    ///
    /// - Returns: `nil` when `bytes` has another count.
    public init?(bytes: some Collection<UInt8>) {
        guard let seed = Digest(bytes: bytes) else { return nil }
        self.seed = seed
    }

    /// Takes random bytes from `generator`, such as the system's.
    public init(using generator: inout some RandomNumberGenerator) {
        seed = Digest(
            words: (generator.next(), generator.next(), generator.next(), generator.next())
        )
    }

    private init(seed: Digest) {
        self.seed = seed
    }

    /// 32 bytes of salt: SHA-256 of the seed and `index` as eight big-endian bytes.
    public func salt(_ index: Int) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(seed)
        hasher.update((0..<8).map { UInt8(truncatingIfNeeded: index >> (56 - 8 * $0)) })
        return hasher.finalize().bytes
    }

    /// Entropy for another purpose, from which neither this seed nor other purposes follow.
    public func derived(for purpose: String) -> Entropy {
        var hasher = SHA256()
        hasher.update("deploykit/\(purpose)\n".utf8)
        hasher.update(seed)
        return Entropy(seed: hasher.finalize())
    }

    /// The idempotency key of an append whose caller gave none.
    var idempotencyKey: Digest { SHA256.digest(of: derived(for: "idempotency-key").seed.bytes) }
}
