// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Testing

@Suite struct SecretSieveTests {
    static let seed = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI"
    // {"alg":"none"}, {"sub":"probe"}, and some bytes.
    static let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwcm9iZSJ9.c2lnbmF0dXJlLWJ5dGVz"

    // A test vector of BIP-39, and a key that nobody uses.
    static let phrase =
        "legal winner thank year wave sausage worth useful legal winner thank yellow"
    static let key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"

    /// What a line says, and what of it must not be seen.
    static let secrets: [(line: String, secret: String)] = [
        ("seed \(seed) made", seed), ("{\"secret\":\"\(seed)\"}", seed),
        ("--source=\(seed)", seed), ("token \(token)", token), ("'\(token)',", token),
        ("postgres://ci:hunter22@db.example/orders", "hunter22"),
        ("Authorization: Bearer 0123456789abcdef0123", "0123456789abcdef0123"),
        ("API_TOKEN=qwertyuiop", "qwertyuiop"), ("export DB_PASSWORD='correct horse'", "correct"),
        ("ghp_0123456789abcdefghij0123456789abcdef", "ghp_0123456789"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ("Mnemonic: \(phrase)", "winner"), ("--mnemonic=\(phrase)", "winner"),
        ("Your seed phrase:\r\n\r\n  \(phrase)\n", "winner"), ("PRIVATE key 0x\(key)", key),
        ("{\"privateKey\":\"\(key)\"}", key),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA\n-----END EC PRIVATE KEY-----", "MHcCAQEEIA"),
    ]

    /// What only looks like one.
    static let harmless = [
        "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
        "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
        "TOKEN_CONTRACT_ID=CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
        "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKJ", "https://example.com:8080/a@b",
        "0x\(String(repeating: "ab", count: 32))", "eyebrows.are.raised.here.and.there",
        "API_TOKEN=$API_TOKEN", "API_TOKEN=[redacted:API_TOKEN]", "-----BEGIN CERTIFICATE-----",
        "the bearer of this letter",
        "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich",
        "transaction 0x\(key.reversed().map(String.init).joined())", "Your seed phrase:\nis safe",
        "passed=17 failed=0", "postgres://$USER:$PASS@db/orders",
    ]

    private func sift(_ text: String, cutting cuts: [Int] = []) -> String {
        var sieve = SecretSieve()
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var start = 0
        for cut in cuts.sorted() + [bytes.count] {
            result += sieve.sift(Array(bytes[start..<cut]))
            start = cut
        }
        return String(decoding: result + sieve.finish(), as: UTF8.self)
    }

    @Test(arguments: secrets)
    func whatIsASecretByItsShapeIsTakenOut(_ example: (line: String, secret: String)) {
        let text = sift("before\n\(example.line)\nafter\n")
        #expect(!text.contains(example.secret))
        #expect(text.contains("[redacted:"))
        #expect(text.hasPrefix("before\n") && text.hasSuffix("\nafter\n"))
    }

    @Test(arguments: harmless)
    func whatOnlyLooksLikeOneStays(_ line: String) {
        #expect(sift("\(line)\n") == "\(line)\n")
        #expect(sift(line) == line)
    }

    // D18: how the stream is cut changes nothing.
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func theCutsChangeNothing(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let lines =
            Self.secrets.map(\.line) + Self.harmless + [
                "", "y", String(repeating: "x", count: 300),
            ]
        let text = lines.shuffled(using: &random).joined(
            separator: Bool.random(using: &random) ? "\n" : "\r\n"
        )
        let cuts = (0..<20).map { _ in Int.random(in: 0...text.utf8.count, using: &random) }
        let whole = sift(text)
        #expect(sift(text, cutting: cuts) == whole)
        for (_, secret) in Self.secrets { #expect(!whole.contains(secret)) }
    }

    @Test func aLineWithoutEndIsGivenOutInParts() {
        var sieve = SecretSieve()
        var given = 0
        for _ in 0..<100 { given += sieve.sift(Array(repeating: 0x78, count: 10_000)).count }
        #expect(given > 900_000)
        #expect(given + sieve.finish().count == 1_000_000)
    }
}
