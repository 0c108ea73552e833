// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// No secret that somebody types reaches the store.
@Suite struct TypedSecretTests {
    private static let store = ".deploykit/store.sqlite"

    private func holds(_ bench: Bench, _ text: String) throws -> Bool {
        String(decoding: try bench.bytes(Self.store), as: UTF8.self).contains(text)
    }

    @Test func aTypedSecretIsRefusedAndNotStored() throws {
        let bench = try Bench()
        try bench.start()
        let token = "ghp_" + String(repeating: "q7", count: 18)
        for words in [
            ["note", "used \(token) for it"], ["done", "1.1", "--note", "with \(token)"],
            ["fail", "1.1", "--reason", token], ["set", "deployed-by=\(token)"],
            ["waive", "1.1", "--reason", token], ["abort", "--reason", token],
            ["done", "1.1", "--evidence", "https://tom:\(token)@ci.example/7"],
            ["sign", "qa-engineer", "--approve", "--reason", token],
            ["audit", "erase", String(repeating: "0", count: 64), "--legal-basis", token],
            ["audit", "recover", "--reason", token],
        ] {
            let refused = try bench.run(words: words)
            #expect(refused.code == 64, "\(words): \(refused.errors)")
            #expect(refused.errors.contains("no secret is stored"), "\(refused.errors)")
            #expect(!refused.errors.contains(token))
        }
        #expect(try !holds(bench, token))
        #expect(try bench.run("note", "used the token of the robot").code == 0)
    }

    /// What only its owner knows to be a secret is known by its declaration.
    @Test func theValueOfADeclaredSecretIsRefusedInEverySpelling() throws {
        let bench = try Bench()
        let project = Fixture.project.replacing(
            "\"people\"",
            with: #""secrets": [{"name": "DB_PASSWORD", "environment": "DB_PASSWORD"}], "people""#
        )
        try bench.write(Fixture.checklist, to: "checklist.json")
        try bench.write(project, to: "deploykit.json")
        let start = ["start", "checklist.json", "--environment", "staging", "--version", "1"]
        let started = try bench.run(words: start)
        try #require(started.code == 0, "\(started.errors)")
        let known = ["DB_PASSWORD": "correct horse battery"]
        for text in ["it is correct horse battery now", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"] {
            let refused = try bench.run("note", text, with: known)
            #expect(refused.code == 64 && refused.errors.contains("'DB_PASSWORD'"))
            #expect(try !refused.errors.contains(text) && !holds(bench, text))
        }
        #expect(try bench.run("note", "the horse is correct", with: known).code == 0)
    }
}
