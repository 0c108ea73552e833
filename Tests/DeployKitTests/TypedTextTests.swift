// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// What people type stays in the log, and no secret may.
@Suite struct TypedTextTests {
    private static let word = String(repeating: "q7", count: 20)

    /// Put together here, so that no text of this file looks like a secret itself.
    static let secrets: [String] = [
        "ghp_" + String(word.prefix(36)),
        "rotated, it's AKIA" + String(repeating: "Q", count: 16) + ".",
        "don't use (glpat-" + word.prefix(20) + ")",
        "ran it with API_TOKEN=\(word)",
        "it's set: DB_PASSWORD='\(word)', as before",
        "deploy --password \(word) worked",
        "first line\nsecond: SIGNING_SECRET=\(word)",
        "https://tom:\(word)@example.com/run/17",
        "curl -H \"Authorization: Bearer \(word)\"",
        "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3Bl\n",
    ]

    static let harmless = [
        "", "load test green", "it's fine; see https://example.com/run/17?page=2#top",
        "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA deployed",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "token contract is live", "the password was changed", "DB_PASSWORD=$DB_PASSWORD",
        "API_TOKEN=<your token>", "latency = 300 ms for two minutes", "key: primary",
        "ran it with --token <the-token-of-the-robot>",
    ]

    static func commands(_ text: String) -> [DeploymentCommand] {
        [
            .complete("prepare/review", note: text, evidence: []),
            .complete(
                "prepare/review",
                note: nil,
                evidence: [.link("https://a:\(text)@b.example")]
            ),
            .fail("prepare/review", reason: text), .skip("prepare/texts-for-sms", reason: text),
            .skipSignOff("product-owner", reason: text), .waive("prepare/review", reason: text),
            .resolve("prepare/build", happened: true, reason: text, evidence: []),
            .reopen("prepare/review", reason: text), .reopenGate(.completion, reason: text),
            .sign("product-owner", .approved, reason: text),
            .withdraw("product-owner", reason: text), .set("deployed-by", text), .note(text),
            .abort(reason: text),
        ]
    }

    @Test func everyCommandRefusesASecretWhateverElseIsWrong() throws {
        var trial = try Trial(.vesting())
        for command in Self.commands("ghp_" + String(Self.word.prefix(36))) {
            let refusal = trial.decide(command).refusal
            #expect(refusal?.code == .secretInText, "\(command)")
            #expect(refusal?.message.contains("ghp_") == false)
        }
    }

    @Test(arguments: secrets)
    func aSecretIsToldByItsShapeOrItsPlace(text: String) throws {
        var trial = try Trial(.vesting())
        #expect(trial.decide(.note(text)).refusal?.code == .secretInText)
    }

    @Test(arguments: harmless)
    func whatIsNoSecretIsNotRefused(text: String) throws {
        var trial = try Trial(.vesting())
        #expect(trial.decide(.note(text)).refusal?.code != .secretInText)
    }

    @Test func aVariableHoldsNoSecret() async throws {
        let deployments = Deployments(store: InMemoryAuditStore(), service: "orders")
        func start(_ name: String, _ value: String) async -> Refusal? {
            do {
                _ = try await deployments.start(
                    .vesting(),
                    environment: Trial.staging(),
                    version: "1",
                    variables: [(name, value)],
                    by: .person("tom@example.com")
                )
            } catch {
                if case .refused(let refusal)? = (error as? DeploymentError)?.cause {
                    return refusal
                }
            }
            return nil
        }
        #expect(await start("API_TOKEN", Self.word)?.code == .secretInText)
        #expect(await start("HOST", Self.secrets[0])?.code == .secretInText)
        #expect(await start("HOST", "a.example.com") == nil)
    }
}
