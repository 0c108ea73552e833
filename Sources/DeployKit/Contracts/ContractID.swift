// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The ID of one contract on one network: a text that was parsed and, where its form has one,
/// whose checksum was verified.
///
/// Two IDs are equal when network and canonical text are. An EVM address in two cases is one ID;
/// the same address on two networks is two.
public struct ContractID: Hashable, Sendable, CustomStringConvertible {
    /// The forms of IDs.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, CaseIterable, JSONConvertible {
        /// A StrKey text that starts with `C` (SEP-23).
        case stellarContract = "stellar.contract"
        /// `0x` and 40 hexadecimal digits in checksum case (EIP-55).
        case evmAddress = "evm.address"
        /// The form that the network declares, a ``ContractPattern``.
        case opaque

        /// The form of the IDs of a family of networks.
        public init(of family: Network.Family) {
            self =
                switch family {
                case .stellar: .stellarContract
                case .evm: .evmAddress
                case .other: .opaque
                }
        }

        /// The family of networks whose IDs have this form.
        public var family: Network.Family {
            switch self {
            case .stellarContract: .stellar
            case .evmAddress: .evm
            case .opaque: .other
            }
        }
    }

    /// What protects the text, as it was given, against a wrong character.
    public enum Checksum: String, Hashable, Sendable, JSONConvertible {
        /// It has a checksum, and the checksum is right.
        case verified
        /// It has none: an EVM address in lower case, or an opaque ID.
        case absent
    }

    /// The network that the ID belongs to.
    public let network: Network.ID
    /// The form of the ID.
    public let kind: Kind
    /// The canonical text.
    public let text: String
    /// What protected the text that was read. It has no part in equality, nor in the JSON form.
    public let checksum: Checksum

    init(network: Network.ID, kind: Kind, text: String, checksum: Checksum) {
        self.network = network
        self.kind = kind
        self.text = text
        self.checksum = checksum
    }

    /// Reads the ID of a contract on `network`.
    ///
    /// - Throws: ``ContractIDError``, which says what the text is instead. It repeats only what is
    ///   proved to be public.
    public init(_ text: String, on network: Network) throws(ContractIDError) {
        switch network.family {
        case .stellar:
            guard let key = StrKey.read(text), key.kind == .contract else {
                throw ContractIDDiagnosis(text, on: network).error
            }
            self.init(network: network.id, kind: .stellarContract, text: text, checksum: .verified)
        case .evm:
            switch EVMAddress.read(text.utf8) {
            case .checksummed(let address):
                self.init(
                    network: network.id,
                    kind: .evmAddress,
                    text: address.text,
                    checksum: .verified
                )
            case .unchecksummed(let address):
                self.init(
                    network: network.id,
                    kind: .evmAddress,
                    text: address.text,
                    checksum: .absent
                )
            case .wrongChecksum:
                throw ContractIDError(
                    .checksum,
                    on: network,
                    "the case of its letters is not the checksum of the address (EIP-55)"
                )
            case .noAddress:
                throw ContractIDDiagnosis(text, on: network).error
            }
        case .other:
            guard network.pattern?.matches(text) == true, StrKey.read(text)?.kind != .secretSeed
            else { throw ContractIDDiagnosis(text, on: network).error }
            self.init(network: network.id, kind: .opaque, text: text, checksum: .absent)
        }
        if Placeholder.isPlaceholder(text) {
            throw ContractIDError(.placeholder, on: network, "it is a placeholder")
        }
        if let other = Self.networkOfNativeAsset(text), !other.isSameChain(as: network),
            network.family == .stellar
        {
            throw ContractIDError(
                .otherNetwork,
                on: network,
                "\(text) is the native asset's contract of \(other.id)"
            )
        }
    }

    /// The CAIP-10 text: network, colon, ID; what CAIP-10 does not allow is percent-encoded.
    public var caip10: String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            let isAllowed =
                ContractPattern.Alphabet.alphanumeric.holds(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            bytes += isAllowed ? [byte] : [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return "\(network):\(String(decoding: bytes, as: UTF8.self))"
    }

    /// The canonical text.
    public var description: String { text }

    /// Tells whether network and canonical text are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.network == right.network && left.text == right.text
    }

    /// Feeds network and canonical text into `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(network)
        hasher.combine(text)
    }
}

extension ContractID: JSONConvertible {
    /// An object with `kind`, `network` and the canonical `text`.
    public var json: JSONValue {
        .members(["kind": kind.json, "network": network.json, "text": text.json])
    }

    /// Reads the object and verifies the text again, save that the declared form of an opaque ID
    /// is not at hand here.
    ///
    /// - Throws: ``JSONError`` when a member is wrong, or the text is not canonical.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let kind: Kind = try members.required("kind")
        let network: Network.ID = try members.required("network")
        let text: String = try members.required("text")
        try members.finish()
        let isCanonical =
            switch kind {
            case .stellarContract: StrKey.read(text)?.kind == .contract
            case .evmAddress:
                if case .checksummed = EVMAddress.read(text.utf8) { true } else { false }
            case .opaque:
                (1...128).contains(text.utf8.count)
                    && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            }
        guard isCanonical, StrKey.read(text)?.kind != .secretSeed else {
            throw JSONError(.value, "the text is no canonical \(kind.rawValue)")
        }
        self.init(
            network: network,
            kind: kind,
            text: text,
            checksum: kind == .opaque ? .absent : .verified
        )
    }
}

extension StrKey {
    /// The key that `text` holds, or `nil`: for places where the reason does not matter.
    static func read(_ text: String) -> StrKey? {
        do { return try StrKey(text) } catch { return nil }
    }
}
