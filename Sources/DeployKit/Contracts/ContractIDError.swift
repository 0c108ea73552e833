// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a text is no contract ID of a network, or an output holds not exactly one.
///
/// The message says what the text is instead. It never repeats a text that might be a secret.
public struct ContractIDError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the text is instead.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// There is no text.
        case empty = "contract-id-empty"
        /// A right ID with white space around it.
        case whiteSpace = "contract-id-white-space"
        /// `0x...`, `DEFAULT_ID`, the zero address and their like.
        case placeholder = "contract-id-placeholder"
        /// The public key of an account, or what looks like one.
        case account = "contract-id-account"
        /// A secret seed, or what looks like one.
        case secret = "contract-id-secret"
        /// A muxed account or a muxed contract.
        case muxed = "contract-id-muxed"
        /// Another kind of Stellar key: a pool, a balance, a signer.
        case otherKind = "contract-id-other-kind"
        /// 64 hexadecimal digits: a wasm hash, a transaction, or a private key.
        case hash = "contract-id-hash"
        /// A right ID in lower case.
        case lowerCase = "contract-id-lower-case"
        /// A right ID with `=` behind it.
        case padding = "contract-id-padding"
        /// The checksum does not match.
        case checksum = "contract-id-checksum"
        /// An ID for networks of another family.
        case otherFamily = "contract-id-other-family"
        /// An ID that is proved to belong to another network.
        case otherNetwork = "contract-id-other-network"
        /// An ID that a deployer and a salt do not give.
        case derivation = "contract-id-derivation"
        /// More than one ID.
        case several = "contract-id-several"
        /// Words of an error message.
        case errorText = "contract-id-error-text"
        /// No ID in an output that should hold one.
        case none = "contract-id-none"
        /// Anything else.
        case malformed = "contract-id-malformed"
    }

    /// What the text is instead.
    public let code: Code
    /// The network whose ID was expected.
    public let network: Network.ID
    /// What was found and what was expected.
    public let message: String

    init(_ code: Code, on network: Network, _ message: String) {
        self.code = code
        self.network = network.id
        self.message = "no contract ID of \(network.id): \(message)"
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}

/// Finds out what a text is that is no contract ID of a network.
struct ContractIDDiagnosis {
    private let text: String
    private let bytes: [UInt8]
    private let network: Network

    init(_ text: String, on network: Network) {
        self.text = text
        bytes = Array(text.utf8)
        self.network = network
    }

    /// The most telling refusal.
    var error: ContractIDError {
        let trimmed = trimmedBytes
        if trimmed.isEmpty { return refusal(.empty, "there is no text") }
        if trimmed.count < bytes.count, isID(String(decoding: trimmed, as: UTF8.self)) {
            return refusal(.whiteSpace, "there is white space around it")
        }
        if Placeholder.isPlaceholder(text) { return refusal(.placeholder, "it is a placeholder") }
        if trimmed.contains(where: Self.isWhiteSpace) { return errorOfProse }
        return errorOfKey ?? errorOfDigits ?? malformed
    }

    private var trimmedBytes: ArraySlice<UInt8> {
        guard let first = bytes.firstIndex(where: { !Self.isWhiteSpace($0) }),
            let last = bytes.lastIndex(where: { !Self.isWhiteSpace($0) })
        else { return [] }
        return bytes[first...last]
    }

    /// Several words: an error message, several IDs, or an ID among other words.
    private var errorOfProse: ContractIDError {
        let found = ContractIDScan(text, on: network)
        if found.ids.count > 1 {
            return refusal(.several, "there are \(found.ids.count) different ones")
        }
        if found.ids.isEmpty, let other = found.other { return other }
        let lower = text.lowercased()
        let words = lower.split { !$0.isLetter }.map(String.init)
        let isError = words.contains { word in
            ["error", "failed", "failure", "fatal", "panic", "exception", "denied"].contains(word)
                || word.hasSuffix("exception")
        }
        return isError
            ? refusal(.errorText, "it is the text of an error")
            : refusal(.malformed, "it is \(bytes.count) bytes of text, not one ID")
    }

    /// A Stellar key of another kind, or something close to one.
    private var errorOfKey: ContractIDError? {
        var unpadded = bytes[...]
        while unpadded.last == UInt8(ascii: "=") { unpadded.removeLast() }
        let upper = String(decoding: unpadded, as: UTF8.self).uppercased()
        guard let key = StrKey.read(upper) else { return errorNearKey(upper) }
        switch key.kind {
        case .secretSeed: return refusal(.secret, "it is a secret seed; treat it as leaked")
        case .account:
            return refusal(
                .account,
                "\(key) is an account, perhaps of the deployer; a contract's ID begins with C"
            )
        case .muxedAccount, .muxedContract:
            let inner = key.muxed.map { "; without its number it is \($0)" } ?? ""
            return refusal(
                .muxed,
                "\(key) is muxed, a destination and never what was deployed" + inner
            )
        case .contract where network.family != .stellar:
            return refusal(.otherFamily, "\(key) is a contract of a Stellar network")
        case .contract where unpadded.count < bytes.count:
            return refusal(.padding, "it is padded with '='")
        case .contract: return refusal(.lowerCase, "it is in lower case")
        default:
            return refusal(
                .otherKind,
                "\(key) is a \(key.kind.rawValue); a contract's ID begins with C"
            )
        }
    }

    private func errorNearKey(_ upper: String) -> ContractIDError? {
        guard (54...58).contains(upper.utf8.count), upper.utf8.allSatisfy(ContractIDScan.isWord)
        else { return nil }
        return switch upper.utf8.first {
        case UInt8(ascii: "S"):
            refusal(
                .secret,
                "it looks like a secret seed with a wrong character; treat it as leaked"
            )
        case UInt8(ascii: "G"):
            refusal(.account, "it looks like an account with a wrong character")
        case UInt8(ascii: "C") where upper.utf8.count == 56:
            refusal(.checksum, "the checksum does not match: a character is wrong")
        default: nil
        }
    }

    /// Something of hexadecimal digits.
    private var errorOfDigits: ContractIDError? {
        let digits = bytes.starts(with: "0x".utf8) ? bytes.dropFirst(2) : bytes[...]
        guard digits.allSatisfy(Self.isHexadecimal) else { return nil }
        if digits.count == 64 {
            return refusal(
                .hash,
                "64 hexadecimal digits are a wasm hash, a transaction or a private key; "
                    + "give the ID that the deploy command printed"
            )
        }
        guard digits.count == 40, digits.count < bytes.count, network.family != .evm else {
            return nil
        }
        return refusal(.otherFamily, "it is an address of an EVM network")
    }

    private var malformed: ContractIDError {
        switch network.family {
        case .stellar:
            do {
                let key = try StrKey(text)
                return refusal(.otherKind, "it is a \(key.kind.rawValue)")
            } catch {
                return refusal(.malformed, error.message)
            }
        case .evm:
            return refusal(
                .malformed,
                "\(bytes.count) characters that are not 0x and 40 hexadecimal digits"
            )
        case .other:
            return refusal(
                .malformed,
                "\(bytes.count) characters that do not have the form the network declares"
            )
        }
    }

    private func isID(_ text: String) -> Bool {
        do {
            _ = try ContractID(text, on: network)
            return true
        } catch {
            return false
        }
    }

    private func refusal(_ code: ContractIDError.Code, _ message: String) -> ContractIDError {
        ContractIDError(code, on: network, message)
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
