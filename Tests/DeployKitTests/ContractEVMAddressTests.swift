// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractEVMAddressTests {
    /// The test cases of EIP-55.
    @Test(arguments: [
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ])
    func readsChecksummedAddresses(_ text: String) {
        guard case .checksummed(let address) = EVMAddress.read(text.utf8) else {
            Issue.record("\(text) is not read as checksummed")
            return
        }
        #expect(address.text == text)
    }

    @Test(arguments: [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "0x0495766CD136138FC492DD499B8DC87A92D6685B",
    ])
    func refusesAWrongChecksum(_ text: String) {
        #expect(EVMAddress.read(text.utf8) == .wrongChecksum)
    }

    @Test func flagsLowerCaseAsUnprotected() {
        let text = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
        guard case .unchecksummed(let address) = EVMAddress.read(text.utf8) else {
            Issue.record("not read as unchecksummed")
            return
        }
        #expect(address.text == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    }

    @Test(arguments: [
        "", "0x", "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(EVMAddress.read(text.utf8) == .noAddress)
    }

    /// Keccak-256 of nothing, of `abc` (Ethereum's published values), and of a message longer
    /// than one block: `testing` repeated is covered by the lengths around the rate.
    @Test(arguments: [
        ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ])
    func keccakAgreesWithPublishedValues(_ message: String, _ hex: String) {
        #expect(Digest(bytes: Keccak256.digest(of: Array(message.utf8)))?.hex == hex)
    }
}
