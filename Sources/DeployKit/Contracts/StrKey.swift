// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A Stellar key, address or contract in its checked text form (SEP-23: kind, payload, CRC).
///
/// A value always holds a payload that its kind allows. ``description`` never shows a secret seed.
public struct StrKey: Hashable, Sendable, CustomStringConvertible {
    /// What a text form stands for.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// `G…`, the public key of an account.
        case account
        /// `S…`, the secret seed of an account.
        case secretSeed = "secret-seed"
        /// `C…`, a contract.
        case contract
        /// `M…`, an account with a 64-bit number.
        case muxedAccount = "muxed-account"
        /// `W…`, a contract with a 64-bit number; a destination, never what was deployed.
        case muxedContract = "muxed-contract"
        /// `L…`, a liquidity pool.
        case liquidityPool = "liquidity-pool"
        /// `B…`, a claimable balance.
        case claimableBalance = "claimable-balance"
        /// `T…`, the hash of a transaction that is authorised beforehand.
        case preAuthorizedTransaction = "pre-authorized-transaction"
        /// `X…`, a hash whose preimage signs.
        case hashX = "hash-x"
        /// `P…`, a key together with the payload that it signs.
        case signedPayload = "signed-payload"

        var versionByte: UInt8 {
            switch self {
            case .claimableBalance: 1 << 3
            case .contract: 2 << 3
            case .account: 6 << 3
            case .liquidityPool: 11 << 3
            case .muxedAccount: 12 << 3
            case .signedPayload: 15 << 3
            case .secretSeed: 18 << 3
            case .preAuthorizedTransaction: 19 << 3
            case .muxedContract: 22 << 3
            case .hashX: 23 << 3
            }
        }
    }

    /// What the text stands for.
    public let kind: Kind
    /// The bytes between the kind and the CRC: 32, and for some kinds more.
    public let payload: [UInt8]

    /// Takes a payload.
    ///
    /// - Throws: ``StrKeyError``, code `payload`, when the kind does not allow it.
    public init(_ kind: Kind, payload: [UInt8]) throws(StrKeyError) {
        if let fault = Self.fault(in: payload, of: kind) { throw StrKeyError(.payload, fault) }
        self.kind = kind
        self.payload = payload
    }

    /// Reads the one text form that SEP-23 allows: upper case, no padding, no white space.
    ///
    /// - Throws: ``StrKeyError``; its message never repeats the text, which may be a secret with
    ///   a slip of the pen in it.
    public init(_ text: String) throws(StrKeyError) {
        let characters = Array(text.utf8)
        let bytes: [UInt8]
        do {
            bytes = try Base32.decode(characters)
        } catch .character(let place) {
            throw StrKeyError(unexpected: characters[place], at: place)
        } catch .length(let count) {
            throw StrKeyError(.length, "no Stellar key has \(count) characters")
        } catch {
            throw StrKeyError(.trailingBits, "the bits after the last byte are not zero")
        }
        guard bytes.count > 3 else {
            throw StrKeyError(.length, "no Stellar key has \(characters.count) characters")
        }
        let body = bytes.dropLast(2)
        let checksum = UInt16(bytes[bytes.count - 2]) | UInt16(bytes[bytes.count - 1]) << 8
        guard Self.crc16(body) == checksum else {
            throw StrKeyError(.checksum, "the checksum does not match: a character is wrong")
        }
        guard let kind = Kind.allCases.first(where: { $0.versionByte == bytes[0] }) else {
            throw StrKeyError(.kind, "no kind of Stellar key has the version byte \(bytes[0])")
        }
        try self.init(kind, payload: Array(body.dropFirst()))
    }

    /// The text form; for a secret seed this is the secret.
    public var text: String {
        let body = [kind.versionByte] + payload
        let checksum = Self.crc16(body)
        return Base32.encode(body + [UInt8(checksum & 0xFF), UInt8(checksum >> 8)])
    }

    /// The text form, or `S…` in place of a secret.
    public var description: String { kind == .secretSeed ? "S…" : text }

    /// The account or contract that a muxed one stands for, or `nil` for other kinds.
    public var muxed: StrKey? {
        switch kind {
        case .muxedAccount: try? StrKey(.account, payload: Array(payload.prefix(32)))
        case .muxedContract: try? StrKey(.contract, payload: Array(payload.prefix(32)))
        default: nil
        }
    }

    /// CRC-16/XMODEM: polynomial 0x1021, initial value 0, not reflected.
    package static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc
    }

    private static func fault(in payload: [UInt8], of kind: Kind) -> String? {
        switch kind {
        case .muxedAccount, .muxedContract:
            return payload.count == 40
                ? nil : "the payload has \(payload.count) bytes, not 40"
        case .claimableBalance:
            guard payload.count == 33 else {
                return "the payload has \(payload.count) bytes, not 33"
            }
            return payload[0] == 0
                ? nil : "a claimable balance of type \(payload[0]) is not defined, only 0"
        case .signedPayload:
            return faultInSignedPayload(payload)
        default:
            return payload.count == 32
                ? nil : "the payload has \(payload.count) bytes, not 32"
        }
    }

    /// 32 bytes of key, 4 of length (1 to 64), the signed bytes, and zeros up to a multiple of 4.
    private static func faultInSignedPayload(_ payload: [UInt8]) -> String? {
        guard payload.count >= 40 else {
            return "the payload has \(payload.count) bytes, not 40 or more"
        }
        let length = payload[32..<36].reduce(0) { $0 << 8 | Int($1) }
        guard (1...64).contains(length) else {
            return "the signed payload's length is \(length), not 1 to 64"
        }
        let padded = (length + 3) / 4 * 4
        guard payload.count == 36 + padded else {
            return "the signed payload has \(payload.count - 36) bytes, not the \(padded) announced"
        }
        return payload[(36 + length)...].allSatisfy { $0 == 0 }
            ? nil : "the signed payload is not padded with zeros"
    }
}

/// Why a text is no ``StrKey``. The message never holds the text.
public struct StrKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// A letter is lower case.
        case lowerCase = "strkey-lower-case"
        /// The text is padded with `=`.
        case padding = "strkey-padding"
        /// A character is a space, a tab or a line end.
        case whiteSpace = "strkey-white-space"
        /// A character is outside the base32 alphabet.
        case character = "strkey-character"
        /// No key has so many characters.
        case length = "strkey-length"
        /// The unused bits at the end are not zero.
        case trailingBits = "strkey-trailing-bits"
        /// The CRC is another one.
        case checksum = "strkey-checksum"
        /// The version byte belongs to no kind.
        case kind = "strkey-kind"
        /// The payload's length or structure is not what the kind asks for.
        case payload = "strkey-payload"
    }

    /// What kind of refusal it is.
    public let code: Code
    /// What was found and what was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(unexpected byte: UInt8, at place: Int) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            self.init(.lowerCase, "character \(place + 1) is lower case; the form is upper case")
        case UInt8(ascii: "="):
            self.init(.padding, "it is padded with '='; the form has no padding")
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            self.init(.whiteSpace, "character \(place + 1) is white space")
        default:
            self.init(.character, "character \(place + 1) is none of A–Z, 2–7")
        }
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
