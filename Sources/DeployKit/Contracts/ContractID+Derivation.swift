// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
    /// What a contract's ID is derived from, besides the network.
    ///
    /// The code of a Stellar contract is no part of it (CAP-46-02): a contract may replace its code
    /// and keep its ID, and after a reset of the network the same deployer and salt give the same
    /// ID to other code. The network is no part of an EVM address: the same address on another
    /// chain may be other code, or nothing.
    @nonexhaustive
    public enum Derivation: Hashable, Sendable {
        /// Of Stellar: a deployer, which is an account or a contract, and 32 bytes of salt.
        case address(StrKey, salt: [UInt8])
        /// The contract of a Stellar network's native asset.
        case nativeAsset
        /// The contract of an issued asset: a code of 1 to 12 letters and digits, an account.
        case asset(code: String, issuer: StrKey)
        /// Of the EVM: a sender and how many transactions or contracts it had made before.
        case create(EVMAddress, nonce: UInt64)
        /// Of the EVM: a deploying contract, 32 bytes of salt, and Keccak-256 of the code that runs
        /// first (EIP-1014).
        case create2(EVMAddress, salt: [UInt8], codeHash: [UInt8])

        /// The family of the networks whose IDs are derived so.
        public var family: Network.Family {
            switch self {
            case .address, .nativeAsset, .asset: .stellar
            case .create, .create2: .evm
            }
        }

        var word: String {
            switch self {
            case .address: "a Stellar deployer and a salt"
            case .nativeAsset, .asset: "a Stellar asset"
            case .create: "an EVM sender and a nonce"
            case .create2: "an EVM deployer, a salt and code"
            }
        }

        /// The address of a derivation of the EVM, or `nil` for one of Stellar.
        func address(on network: Network) throws(ContractIDError) -> EVMAddress? {
            switch self {
            case .address, .nativeAsset, .asset: return nil
            case .create(let sender, let nonce):
                return EVMAddress(createdBy: sender, nonce: nonce)
            case .create2(let deployer, let salt, let codeHash):
                guard let address = EVMAddress(createdBy: deployer, salt: salt, codeHash: codeHash)
                else {
                    throw ContractIDError(
                        .malformed,
                        on: network,
                        "the salt or the hash of the code has not 32 bytes"
                    )
                }
                return address
            }
        }
    }

    /// Checks that the ID is what its network makes of `derivation`.
    ///
    /// - Parameters:
    ///   - derivation: What it is said to be derived from.
    ///   - network: The network of the ID.
    ///   - networks: The networks that are tried when it is not.
    /// - Throws: ``ContractIDError``: `otherNetwork` with the network that the ID is proved to
    ///   belong to, `derivation` with the ID that was expected, and what
    ///   ``init(derivedFrom:on:)`` throws.
    public func check(
        derivedFrom derivation: Derivation,
        on network: Network,
        among networks: [Network] = Network.known
    ) throws(ContractIDError) {
        let expected = try ContractID(derivedFrom: derivation, on: network)
        guard expected.text != text else { return }
        if let home = belongsToOtherNetwork(derivedFrom: derivation, among: networks) {
            throw ContractIDError(
                .otherNetwork,
                on: network,
                "deployer and salt prove that \(text) is of \(home.id); here it would be "
                    + expected.text
            )
        }
        throw ContractIDError(
            .derivation,
            on: network,
            "\(derivation.word) give \(expected.text), not \(text)"
        )
    }
}

extension ContractID.Derivation: JSONConvertible {
    /// An object with `by`: `stellar-address` (`deployer`, `salt`), `stellar-native`,
    /// `stellar-asset` (`code`, `issuer`), `create` (`sender`, `nonce` in decimal) or `create2`
    /// (`deployer`, `salt`, `codeHash`); bytes are lowercase hexadecimal digits.
    public var json: JSONValue {
        switch self {
        case .address(let deployer, let salt):
            .members([
                "by": "stellar-address".json, "deployer": deployer.description.json,
                "salt": Hexadecimal.text(of: salt).json,
            ])
        case .nativeAsset: .members(["by": "stellar-native".json])
        case .asset(let code, let issuer):
            .members([
                "by": "stellar-asset".json, "code": code.json, "issuer": issuer.description.json,
            ])
        case .create(let sender, let nonce):
            .members(["by": "create".json, "sender": sender.text.json, "nonce": "\(nonce)".json])
        case .create2(let deployer, let salt, let codeHash):
            .members([
                "by": "create2".json, "deployer": deployer.text.json,
                "salt": Hexadecimal.text(of: salt).json,
                "codeHash": Hexadecimal.text(of: codeHash).json,
            ])
        }
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` when a member is wrong.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let by: String = try members.required("by")
        switch by {
        case "stellar-address":
            self = .address(
                try Self.key(try members.required("deployer")),
                salt: try Self.bytes(try members.required("salt"))
            )
        case "stellar-native": self = .nativeAsset
        case "stellar-asset":
            self = .asset(
                code: try members.required("code"),
                issuer: try Self.key(try members.required("issuer"))
            )
        case "create":
            let sender = try Self.address(try members.required("sender"))
            let nonce: String = try members.required("nonce")
            guard let nonce = UInt64(nonce) else {
                throw JSONError(.value, "the nonce is no decimal number", path: ["nonce"])
            }
            self = .create(sender, nonce: nonce)
        case "create2":
            self = .create2(
                try Self.address(try members.required("deployer")),
                salt: try Self.bytes(try members.required("salt")),
                codeHash: try Self.bytes(try members.required("codeHash"))
            )
        default: throw JSONError(.value, "'\(by)' is no derivation of a contract ID")
        }
        try members.finish()
    }

    private static func key(_ text: String) throws(JSONError) -> StrKey {
        do { return try StrKey(text) } catch { throw JSONError(.value, error.message) }
    }

    private static func bytes(_ text: String) throws(JSONError) -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(of: text) else {
            throw JSONError(.value, "pairs of hexadecimal digits are expected")
        }
        return bytes
    }

    private static func address(_ text: String) throws(JSONError) -> EVMAddress {
        guard case .checksummed(let address) = EVMAddress.read(text.utf8) else {
            throw JSONError(.value, "an EVM address in checksum case is expected")
        }
        return address
    }
}

/// Bytes as pairs of hexadecimal digits.
package enum Hexadecimal {
    /// The text for `bytes`, in lower case.
    package static func text(of bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    /// The bytes of pairs of digits in either case, after `0x` where that stands; `nil` for any
    /// other text.
    package static func bytes(of text: some StringProtocol) -> [UInt8]? {
        var digits = Array(text.utf8)[...]
        if digits.starts(with: "0x".utf8) { digits = digits.dropFirst(2) }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let high = EVMAddress.nibble(high), let low = EVMAddress.nibble(low) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
