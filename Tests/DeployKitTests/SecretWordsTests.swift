// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// Secrets that only the words before them give away. The phrases are test vectors of BIP-39,
/// <https://github.com/trezor/python-mnemonic/blob/master/vectors.json>.
@Suite struct SecretWordsTests {
    static let phrase =
        "legal winner thank year wave sausage worth useful legal winner thank yellow"
    static let long =
        "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol "
        + "speed nation flash devote level hobby quick inner drive ghost inside"
    static let key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"

    /// A line, and what of it is a secret.
    static let secrets: [(line: String, secret: String)] = [
        ("Mnemonic: \(phrase)", phrase), ("mnemonic phrase is \"\(long)\".", long),
        ("Seed phrase -> \(phrase) (keep it)", phrase), ("RECOVERY_PHRASE: \(long)", long),
        ("{\"mnemonic\":\"\(phrase)\",\"index\":0}", phrase),
        (
            "mnemonic [\"\(phrase.replacing(" ", with: "\",\""))\"]",
            phrase.replacing(" ", with: "\",\"")
        ),
        ("Private key: 0x\(key)", "0x\(key)"), ("\"privateKey\": \"\(key)\"", key),
        ("signing key \(key.uppercased())", key.uppercased()), ("secret_key=\(key)", key),
        ("seed: \(key)", key), ("the private key of lena is \(key), keep it", key),
    ]

    /// What only looks like one.
    static let harmless = [
        phrase, "the phrase \(phrase)",
        "mnemonic: word word word word word word word word word word",
        "mnemonic: \(String(repeating: "word ", count: 12))",
        "mnemonic: " + phrase.split(separator: " ").prefix(11).joined(separator: " "),
        "the seed phrase is kept by two people and nobody else may ever open that safe alone",
        "Seed phrase: never share them with other people under threat even when asked about it",
        key, "0x\(key)", "transaction 0x\(key)", "private key hash: \(key)",
        "private key of pubkey \(key)", "Private key: \(String(repeating: "0", count: 64))",
        "private key: \(key)00", "wasm hash \(key) signed with the private key",
        "public key: \(key)", "mnemonic: $MNEMONIC",
    ]

    private func found(_ line: String) -> [String] {
        let bytes = Array(line.utf8)
        return SecretWords.found(in: bytes[...]).map {
            String(decoding: bytes[$0.range], as: UTF8.self)
        }
    }

    @Test(arguments: secrets)
    func whatTheWordsBeforeItGiveAwayIsFound(_ example: (line: String, secret: String)) {
        #expect(found(example.line) == [example.secret])
        // Wherever the line stands in what was read.
        let bytes = Array("…\n\(example.line)".utf8)
        let line = bytes[4...]
        let ranges = SecretWords.found(in: line).map(\.range)
        #expect(ranges.map { String(decoding: bytes[$0], as: UTF8.self) } == [example.secret])
        #expect(SecretWords.mayBe(in: line))
    }

    @Test(arguments: harmless) func whatNothingGivesAwayStays(_ line: String) {
        #expect(found(line) == [])
    }

    @Test func aPhraseMayStandBelowItsName() {
        let bytes = Array("  \(Self.phrase)".utf8)
        #expect(SecretWords.asksForPhrase(Array("Your seed phrase:".utf8)[...]))
        #expect(!SecretWords.asksForPhrase(Array("Your phrase:".utf8)[...]))
        #expect(SecretWords.found(in: bytes[...], isAskedFor: true).map(\.kind) == [.phrase])
        let prose = Array("\(Self.phrase) 17".utf8)
        #expect(SecretWords.found(in: prose[...], isAskedFor: true) == [])
    }

    @Test func aCommandWithOneIsABreach() {
        let lines = [
            "cast wallet import deployer --mnemonic '\(Self.phrase)'",
            "curl -d '{\"privateKey\":\"0x\(Self.key)\"}' http://localhost:8545",
        ]
        for line in lines {
            let breaches = CommandLint.breaches(inLine: line)
            #expect(breaches.map(\.rule.name) == ["secret-in-command"], "\(line)")
            #expect(
                !breaches.contains { $0.message.contains("legal") || $0.message.contains(Self.key) }
            )
        }
    }

    @Test(arguments: [phrase, long])
    func aNoteWithOneIsRefused(_ phrase: String) {
        #expect(throws: Refusal.self) { try TypedText.check(["the mnemonic: \(phrase)"]) }
        #expect(throws: Refusal.self) { try TypedText.check(["private key \(Self.key)"]) }
        #expect(throws: Never.self) { try TypedText.check(["deployed in tx \(Self.key)"]) }
    }
}
