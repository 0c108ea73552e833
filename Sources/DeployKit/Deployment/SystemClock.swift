// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Tells the time. The rules take it as an argument; only ``Deployments`` asks for it.
public protocol WallClock: Sendable {
    /// The present moment.
    func now() -> Timestamp
}

/// Gives randomness. The rules take it as an argument; only ``Deployments`` asks for it.
public protocol EntropySource: Sendable {
    /// 32 bytes that nobody can guess.
    func next() -> Entropy
}

/// The time of the machine.
public struct SystemClock: WallClock {
    /// The time of the machine.
    public init() {}

    /// The present moment, as the machine knows it.
    public func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

/// The randomness of the machine.
public struct SystemEntropy: EntropySource {
    /// The randomness of the machine.
    public init() {}

    /// 32 bytes from the system's generator.
    public func next() -> Entropy {
        var generator = SystemRandomNumberGenerator()
        return Entropy(using: &generator)
    }
}
