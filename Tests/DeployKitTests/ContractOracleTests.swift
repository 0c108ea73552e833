// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import DeployKitTesting
    import Glibc
    import Testing

    /// Random IDs, and IDs with a wrong character, as the SDKs of the chains judge them.
    @Suite struct ContractOracleTests {
        /// `make identifiers` asks for 100,000 of each.
        private static let count = AuditProofOracleTests.count("DEPLOYKIT_IDENTIFIERS") ?? 1000

        private static let stellar = """
            import sys
            from stellar_sdk import StrKey
            checks = [StrKey.is_valid_ed25519_public_key, StrKey.is_valid_contract,
                StrKey.is_valid_med25519_public_key, StrKey.is_valid_liquidity_pool,
                StrKey.is_valid_claimable_balance, StrKey.is_valid_ed25519_signed_payload,
                StrKey.is_valid_ed25519_secret_seed, StrKey.is_valid_pre_auth_tx,
                StrKey.is_valid_sha256_hash]
            for line in open(sys.argv[1]):
                text = line.rstrip("\\n")
                print("".join("1" if check(text) else "0" for check in checks))
            """

        /// In the order of the script's checks. The SDK does not know muxed contracts yet.
        private static let kinds: [StrKey.Kind] = [
            .account, .contract, .muxedAccount, .liquidityPool, .claimableBalance, .signedPayload,
            .secretSeed, .preAuthorizedTransaction, .hashX,
        ]

        private static func has(_ module: String) -> Bool {
            do {
                return try Program.output(of: ["python3", "-c", "import \(module)"]) != nil
            } catch {
                return false
            }
        }

        static let hasStellar = has("stellar_sdk")
        static let hasEVM = has("eth_utils, Crypto")

        private static func payload(of kind: StrKey.Kind, _ random: inout SplitMix64) -> [UInt8] {
            func bytes(_ count: Int) -> [UInt8] {
                (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            switch kind {
            case .muxedAccount, .muxedContract: return bytes(40)
            case .claimableBalance: return [0] + bytes(32)
            case .signedPayload:
                let length = Int.random(in: 1...64, using: &random)
                let padding = [UInt8](repeating: 0, count: (4 - length % 4) % 4)
                return bytes(32) + [0, 0, 0, UInt8(length)] + bytes(length) + padding
            default: return bytes(32)
            }
        }

        @Test(.enabled(if: hasStellar, "the Python module stellar_sdk is not installed"))
        func stellarKeysAreJudgedAsBySDK() throws {
            var random = SplitMix64(seed: 23)
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abc018=")
            var texts: [String] = []
            for number in 0..<Self.count {
                let kind = Self.kinds[number % Self.kinds.count]
                var text = Array(try StrKey(kind, payload: Self.payload(of: kind, &random)).text)
                let place = Int.random(in: text.indices, using: &random)
                let letter = letters[Int.random(in: letters.indices, using: &random)]
                switch Int.random(in: 0...7, using: &random) {
                case 0: text[place] = letter
                case 1: text.remove(at: place)
                case 2: text.insert(letter, at: place)
                case 3 where place > 0: text.swapAt(place, place - 1)
                default: break
                }
                texts.append(String(text))
            }
            let known = "BAAT6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGXACA"
            texts.append(known)
            let path = try Program.temporaryFile(Array(texts.map { $0 + "\n" }.joined().utf8))
            defer { unlink(path) }
            let bytes = try #require(
                try Program.output(of: ["python3", "-c", Self.stellar, path])
            )
            let answers = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            try #require(answers.count == texts.count)
            var accepted = 0
            for (text, answer) in zip(texts, answers) where text != known {
                let kind = try? StrKey(text).kind
                let own = Self.kinds.map { $0 == kind ? "1" : "0" }.joined()
                #expect(own == answer, "\(text)")
                accepted += kind == nil ? 0 : 1
            }
            #expect(accepted > texts.count / 4 && accepted < texts.count)
            // The one known difference: a claimable balance of a type that SEP-23 does not define.
            #expect(answers.last?.contains("1") == true)
            #expect(throws: StrKeyError.self) { try StrKey(known) }
        }

        private static let stellarDerivation = """
            import sys
            from stellar_sdk import Address, Network, StrKey
            from stellar_sdk.xdr import (ContractIDPreimage, ContractIDPreimageFromAddress,
                ContractIDPreimageType, EnvelopeType, Hash, HashIDPreimage, HashIDPreimageContractID,
                Uint256)
            from stellar_sdk.utils import sha256
            for line in open(sys.argv[1]):
                passphrase, deployer, salt = line.rstrip("\\n").split("\\t")
                preimage = HashIDPreimage(EnvelopeType.ENVELOPE_TYPE_CONTRACT_ID,
                    contract_id=HashIDPreimageContractID(
                        network_id=Hash(Network(passphrase).network_id()),
                        contract_id_preimage=ContractIDPreimage(
                            ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ADDRESS,
                            from_address=ContractIDPreimageFromAddress(
                                address=Address(deployer).to_xdr_sc_address(),
                                salt=Uint256(bytes.fromhex(salt))))))
                print(StrKey.encode_contract(sha256(preimage.to_xdr_bytes())))
            """

        @Test(.enabled(if: hasStellar, "the Python module stellar_sdk is not installed"))
        func c7DerivedIDsAreThoseOfTheSDK() throws {
            var random = SplitMix64(seed: 46)
            let networks: [(Network, String)] = [
                (.stellarMainnet, "Public Global Stellar Network ; September 2015"),
                (.stellarTestnet, "Test SDF Network ; September 2015"),
                (.stellarFuturenet, "Test SDF Future Network ; October 2022"),
                (.stellarLocal, "Standalone Network ; February 2017"),
            ]
            var lines: [String] = []
            var own: [String] = []
            for number in 0..<max(40, Self.count / 10) {
                let kind: StrKey.Kind = number % 3 == 0 ? .contract : .account
                let deployer = try StrKey(kind, payload: Self.payload(of: kind, &random))
                let salt = Self.payload(of: .contract, &random)
                let (network, passphrase) = networks[number % 4]
                own.append(
                    try ContractID(
                        derivedFrom: .address(deployer, salt: salt),
                        on: network
                    ).text
                )
                lines.append("\(passphrase)\t\(deployer)\t\(Hexadecimal.text(of: salt))\n")
            }
            let path = try Program.temporaryFile(Array(lines.joined().utf8))
            defer { unlink(path) }
            let bytes = try #require(
                try Program.output(of: ["python3", "-c", Self.stellarDerivation, path])
            )
            let answers = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            #expect(answers.map(String.init) == own)
        }

        private static let evm = """
            import sys
            from eth_utils import is_checksum_address, to_checksum_address
            for line in open(sys.argv[1]):
                text = line.rstrip("\\n")
                print("1" if is_checksum_address(text) else "0", to_checksum_address(text))
            """

        @Test(.enabled(if: hasEVM, "the Python module eth_utils is not installed"))
        func addressesHaveTheChecksumOfEthUtils() throws {
            var random = SplitMix64(seed: 55)
            var texts: [String] = []
            for _ in 0..<Self.count {
                let bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
                var text = Array(try #require(EVMAddress(bytes: bytes)).text)
                if Bool.random(using: &random) {
                    let place = Int.random(in: 2..<text.count, using: &random)
                    let letter = text[place]
                    text[place] = Character(
                        letter.isUppercase ? letter.lowercased() : letter.uppercased()
                    )
                }
                texts.append(String(text))
            }
            let path = try Program.temporaryFile(Array(texts.map { $0 + "\n" }.joined().utf8))
            defer { unlink(path) }
            let bytes = try #require(try Program.output(of: ["python3", "-c", Self.evm, path]))
            let answers = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            try #require(answers.count == texts.count)
            for (text, answer) in zip(texts, answers) {
                var own: String
                switch EVMAddress.read(text.utf8) {
                case .checksummed(let address): own = "1 \(address)"
                case .unchecksummed(let address): own = "0 \(address)"
                case .wrongChecksum, .noAddress: own = "0 "
                }
                if own == "0 ",
                    let address = Hexadecimal.bytes(of: text).flatMap(EVMAddress.init(bytes:))
                {
                    own += address.text
                }
                #expect(own == answer, "\(text)")
            }
        }
    }
#endif
