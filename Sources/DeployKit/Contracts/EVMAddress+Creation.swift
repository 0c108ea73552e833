// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension EVMAddress {
    /// The address of the contract that an account or a contract creates: the last 20 bytes of
    /// Keccak-256 of the RLP list of sender and nonce (Ethereum Yellow Paper, 7).
    public init(createdBy sender: EVMAddress, nonce: UInt64) {
        var number: [UInt8] = []
        for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
            let byte = UInt8(truncatingIfNeeded: nonce >> shift)
            if byte != 0 || !number.isEmpty { number.append(byte) }
        }
        // RLP: one byte below 0x80 is itself; a short string has its length before it.
        if number.count != 1 || number[0] >= 0x80 {
            number.insert(0x80 + UInt8(number.count), at: 0)
        }
        let content = [0x80 + 20] + sender.bytes + number
        self.init(endOf: Keccak256.digest(of: [0xC0 + UInt8(content.count)] + content))
    }

    /// The address of the contract that a contract creates with a salt (EIP-1014); `nil` when the
    /// salt or the hash has another length.
    ///
    /// - Parameters:
    ///   - deployer: The contract that creates it.
    ///   - salt: 32 bytes.
    ///   - codeHash: Keccak-256 of the code that runs first, 32 bytes.
    public init?(createdBy deployer: EVMAddress, salt: [UInt8], codeHash: [UInt8]) {
        guard salt.count == 32, codeHash.count == 32 else { return nil }
        self.init(endOf: Keccak256.digest(of: [0xFF] + deployer.bytes + salt + codeHash))
    }

    /// Keccak-256, with which the EVM names code; of no bytes it means that there is no code.
    public static func codeHash(of code: [UInt8]) -> [UInt8] { Keccak256.digest(of: code) }

    private init(endOf digest: [UInt8]) {
        self.init(trusted: Array(digest.suffix(20)))
    }
}
