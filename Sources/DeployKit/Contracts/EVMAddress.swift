// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A 20-byte address of an EVM chain, with the checksum case of EIP-55.
///
/// The chain is no part of the address: the same bytes on another chain may be other code.
public struct EVMAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 20 bytes.
    public let bytes: [UInt8]

    /// Takes 20 bytes.
    ///
    /// - Returns: `nil` when `bytes` has another count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 20 else { return nil }
        self.bytes = bytes
    }

    /// Takes what is known to be 20 bytes.
    init(trusted bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What a text was found to be.
    package enum Reading: Hashable, Sendable {
        /// An address whose case is the checksum.
        case checksummed(EVMAddress)
        /// An address in lower case: nothing protects it against a wrong digit.
        case unchecksummed(EVMAddress)
        /// 40 digits whose case is not the checksum of the address.
        case wrongChecksum
        /// No `0x` and 40 hexadecimal digits.
        case noAddress
    }

    /// Reads `0x` and 40 hexadecimal digits.
    package static func read(_ text: some Collection<UInt8>) -> Reading {
        guard text.count == 42, text.starts(with: "0x".utf8) else { return .noAddress }
        let digits = Array(text.dropFirst(2))
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 40, by: 2) {
            guard let high = nibble(digits[place]), let low = nibble(digits[place + 1]) else {
                return .noAddress
            }
            bytes.append(high << 4 | low)
        }
        guard let address = EVMAddress(bytes: bytes) else { return .noAddress }
        if address.text.utf8.elementsEqual(text) { return .checksummed(address) }
        let hasUpperCase = digits.contains { (0x41...0x46).contains($0) }
        return hasUpperCase ? .wrongChecksum : .unchecksummed(address)
    }

    /// `0x` and 40 hexadecimal digits in checksum case (EIP-55).
    public var text: String {
        let digits = Array("0123456789abcdef".utf8)
        let lower = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        let hash = Keccak256.digest(of: lower)
        let cased = lower.enumerated().map { place, digit -> UInt8 in
            let nibble = hash[place / 2] >> (place % 2 == 0 ? 4 : 0) & 15
            return digit >= UInt8(ascii: "a") && nibble >= 8 ? digit - 32 : digit
        }
        return "0x" + String(decoding: cased, as: UTF8.self)
    }

    /// The text in checksum case.
    public var description: String { text }

    static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
