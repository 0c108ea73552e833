// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What is said about files that may hold secrets.
@Suite struct ContractSecrecyTests {
    private static let names = [
        "JWT_SECRET", "VESTING_CONTRACT_ID", "TOKEN_CONTRACT_ID", "OTHER_CONTRACT_ID", "PATH",
        "NEXT_PUBLIC_API_KEY", "STELLAR_NETWORK", "DATABASE_URL", "export X",
    ]

    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func c11NothingThatIsSaidOfAFileHoldsItsSecrets(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        var secrets: [String] = []
        var text = ""
        for name in Self.names.shuffled(using: &random) {
            var secret = String(
                (0..<24).compactMap { _ in letters.randomElement(using: &random) }
            )
            switch Int.random(in: 0...4, using: &random) {
            case 0:
                let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
                secret = try StrKey(.secretSeed, payload: bytes).text
            case 1: secret = "https://user:\(secret)@localhost/x"
            case 2: secret += " # $x"
            default: break
            }
            secrets.append(secret)
            let quote = ["", "'", "\""].randomElement(using: &random) ?? ""
            text += "\(name)=\(quote)\(secret)\(quote)\n"
        }
        let snapshot = try ContractEnvironmentFileTests.snapshot()
        let inventory = [Variable(name: "JWT_SECRET", minimumLength: 99, isSecret: true)]
        let findings = EnvironmentFile.check(text, against: snapshot, inventory: inventory)
        let lines = ContractDiff(snapshot, file: EnvironmentFile.read(text)).lines
        let said =
            findings.map(\.description)
            + lines.flatMap { [$0.variable, $0.left ?? "", $0.right ?? ""] }
        #expect(findings.count > 2)
        for secret in secrets {
            let forms = [
                secret, Base64.encode(Array(secret.utf8)), Hexadecimal.text(of: secret.utf8),
                String(secret.prefix(12)),
            ]
            for form in forms where !form.hasPrefix("https://use") {
                #expect(!said.contains { $0.contains(form) }, "\(form)")
            }
        }
    }
}
