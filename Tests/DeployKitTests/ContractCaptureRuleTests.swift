// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Where a capture looks, and what it knows beforehand.
@Suite struct ContractCaptureRuleTests {
    static let zero: String = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
    static let zeroOnMainnet: String = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"

    private static func expecting() throws -> ContractCapture {
        ContractCapture(
            derivation: .address(
                try ContractDerivationTests.deployer(),
                salt: ContractDerivationTests.zeros
            )
        )
    }

    @Test(arguments: [
        ("stdout", ContractCapture.Source.standardOutput),
        ("stdout#/a/b~1c/0", .jsonPointer("/a/b~1c/0")),
        ("out.json", .file("out.json", pointer: nil)),
        ("a/out.json#/id", .file("a/out.json", pointer: "/id")),
    ])
    func placesAreWrittenAsTheyAreRead(_ text: String, _ source: ContractCapture.Source) throws {
        #expect(ContractCapture.source(text) == source)
        #expect(source.text == text)
        let capture = ContractCapture(from: source)
        #expect(try ContractCapture(json: capture.json) == capture)
    }

    @Test(arguments: [
        "", "#/a", "stdout#", "stdout#a", "/etc/passwd", "../x", "a/../b", "a//b", "x#/~2",
    ])
    func placesThatMakeNoSenseOrLeadOutAreNone(_ text: String) {
        #expect(ContractCapture.source(text) == nil)
    }

    @Test func takesTheStringThatAPointerNames() throws {
        let capture = ContractCapture(from: .jsonPointer("/deployed/0/id"))
        let output = #"{"gas": 1.5e3, "a b": null, "deployed": [{"id": "\#(Self.zero)"}]}"#
        #expect(try capture.id(in: output, on: .stellarTestnet).text == Self.zero)
        let refused: [(String, ContractIDError.Code)] = [
            ("error: no funds", .none), ("{}", .none), (#"{"deployed": [{"id": 7}]}"#, .none),
            (#"{"deployed": [{"id": "\#(ContractIDTests.account)"}]}"#, .account),
            (#"{"deployed": [{"id": "\#(Self.zero) "}]}"#, .whiteSpace),
            (#"{"deployed": [{"id": "a", "id": "b"}]}"#, .none), (output + "x", .none),
        ]
        for (text, code) in refused {
            let error = #expect(throws: ContractIDError.self) {
                try capture.id(in: text, on: .stellarTestnet)
            }
            #expect(error?.code == code, "\(text)")
        }
    }

    @Test func anExpectedIDIsKnownBeforeAndComparedAfter() throws {
        let capture = try Self.expecting()
        #expect(try capture.expected(on: .stellarTestnet)?.text == Self.zero)
        #expect(try capture.id(in: Self.zero, on: .stellarTestnet).text == Self.zero)
        let wrong = #expect(throws: ContractIDError.self) {
            try capture.id(in: Self.zeroOnMainnet, on: .stellarTestnet)
        }
        #expect(wrong?.code == .otherNetwork)
        #expect(wrong?.message.contains("stellar:pubnet") == true)
        let stranger = #expect(throws: ContractIDError.self) {
            try capture.id(in: ContractIDTests.contract, on: .stellarTestnet)
        }
        #expect(stranger?.code == .derivation)
        #expect(throws: ContractIDError.self) { try capture.expected(on: .ethereumMainnet) }
    }

    /// What a command may print besides, or instead of, an ID.
    private static let noise = [
        "error: account not found", ContractIDTests.account, ContractIDTests.hash,
        ContractIDTests.seed, "DEFAULT_ID", "0x...", "ℹ️ done", "", "fatal: no network",
    ]

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func c15ExactlyOneCandidateIsTakenAndEverythingElseIsARefusal(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let ids = try (1...3).map { try ContractWorld.id(UInt8($0), on: .stellarTestnet).text }
        let chosen = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
            ids.randomElement(using: &random)
        }
        let rest = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
            Self.noise.randomElement(using: &random)
        }
        let output = (chosen + rest).shuffled(using: &random).joined(separator: "\n")
        do {
            let id = try ContractID.theOnlyOne(in: output, on: .stellarTestnet)
            #expect(Set(chosen) == [id.text])
        } catch {
            #expect(Set(chosen).count != 1)
            #expect(!error.message.contains(ContractIDTests.seed.dropFirst(2)))
        }
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "\"\\x\"", "\"\\ud800\"", "nul", "1 2",
        "\"a\nb\"", "{a:1}", "'a'", "[1", "\"\\u12\"",
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try ToolJSON(Array(text.utf8)) }
    }

    @Test func deepNestingIsRefusedAndDoesNotCrash() {
        let text = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONError.self) { try ToolJSON(Array(text.utf8)) }
        #expect(error?.code == .limit)
    }
}
