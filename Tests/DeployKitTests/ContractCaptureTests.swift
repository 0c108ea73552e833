// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractCaptureTests {
    static let first: String = ContractIDTests.contract
    static let account: String = ContractIDTests.account
    static let seed: String = ContractIDTests.seed
    static let hash: String = ContractIDTests.hash
    static let second: String = ContractIDTests.second

    static let accepted: [String] = [
        first, first + "\n", "ℹ️ done\n" + first + "\n", "CONTRACT_ID=" + first,
        "{\"contract\":\"\(first)\"}", first + "\r\n" + first, "<" + first + ">",
        "deployed by \(account): \(first)",
        "wasm \(hash)\n\(first)", "0 errors: \(first)", "error: \(first), tried again\n\(first)",
    ]

    @Test(arguments: accepted)
    func takesTheOnlyOne(_ output: String) throws {
        #expect(try ContractID.theOnlyOne(in: output, on: .stellarTestnet).text == Self.first)
    }

    static let refused: [(String, ContractIDError.Code)] = [
        ("", .none), ("\n", .none), ("done", .none),
        ("\(first)\n\(second)", .several), ("A=\(first) B=\(second) A=\(first)", .several),
        ("error: account not found", .errorText), (account, .account),
        ("wasm hash: \(hash)", .hash), (seed, .secret),
        ("by \(account) with \(seed)", .secret),
        ("id \(first.lowercased())", .lowerCase), ("id \(first.dropLast())B", .checksum),
        ("x\(first)", .none), ("\(first)_old", .none), ("é\(first)", .none),
        ("0x...", .placeholder),
        ("DEFAULT_ID\n", .none), ("❌ error: contract \(first) failed to deploy", .errorText),
        ("{\"error\":\"tx failed\",\"id\":\"\(first)\"}", .errorText),
    ]

    @Test(arguments: refused)
    func refusesEverythingElseWithATypedReason(_ output: String, _ code: ContractIDError.Code) {
        let error = #expect(throws: ContractIDError.self) {
            try ContractID.theOnlyOne(in: output, on: .stellarTestnet)
        }
        #expect(error?.code == code)
    }

    @Test func severalAreNamedAllOfThem() {
        let error = #expect(throws: ContractIDError.self) {
            try ContractID.theOnlyOne(
                in: Self.first + "\n" + Self.second,
                on: .stellarTestnet
            )
        }
        #expect(error?.message.contains(Self.first) == true)
        #expect(error?.message.contains(Self.second) == true)
    }

    @Test func addressesInSeveralCasesAreOne() throws {
        let text = ContractIDTests.address
        let output = "Deployed to: \(text) (\(text.lowercased()))\ntx 0x\(Self.hash)"
        #expect(try ContractID.theOnlyOne(in: output, on: .ethereumSepolia).text == text)
        let error = #expect(throws: ContractIDError.self) {
            try ContractID.theOnlyOne(
                in: "Deployer: \(text)\nDeployed to: 0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                on: .ethereumSepolia
            )
        }
        #expect(error?.code == .several)
    }
}
