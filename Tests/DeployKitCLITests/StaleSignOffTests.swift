// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// What the verbs say of approvals that count no more, and of what one person did for two.
@Suite struct StaleSignOffTests {
    private static let page = """
        # Orders

        ## Database
        - [ ] Create the backup

        ## Rollout
        - [ ] Look at the dashboards

        ## Sign-off
        - [ ] QA Engineer: ________________ Date: ________
        """

    private let lena = ["DEPLOYKIT_ACTOR": "lena@example.com"]

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(Self.page, to: "page.md")
        try bench.write(Fixture.project, to: "deploykit.json")
        let started = try bench.run(
            words: ["start", "page.md", "--environment", "staging", "--version", "1.0"]
        )
        try #require(started.code == 0, "\(started.errors)")
        return bench
    }

    @Test func whatIsShownOfAnApprovalThatCountsNoMore() throws {
        let bench = try bench()
        try #require(try bench.run("done", "1.1").code == 0)
        let signed = try bench.run("sign", "qa", "--approve", with: lena)
        try #require(signed.code == 0, "\(signed.errors)")
        #expect(try bench.run("export", "--markdown").output.contains("lena@example.com"))
        #expect(try bench.run("reopen", "1.1", "--reason", "wrong database").code == 0)
        let status = try bench.run("status").output
        #expect(status.contains("before an item was opened again: does not count"), "\(status)")
        let slots = try bench.run("status", "--json").json()["signOffs"]?.array
        let standing = slots?.first?["signatures"]?.array?.first?["standing"]
        #expect(standing?.string == "item-reopened")
        #expect(try !bench.run("export", "--markdown").output.contains("lena@example.com"))
        let gate = try bench.run("gate", "completion")
        #expect(gate.output.contains("before an item was opened again"), "\(gate.output)")
        // Who signs again stands there once.
        #expect(try bench.run("done", "1.1").code == 0)
        #expect(try bench.run("sign", "qa", "--approve", with: lena).code == 0)
        let after = try bench.run("status").output
        #expect(after.split(separator: "lena@example.com").count == 2, "\(after)")
        #expect(!after.contains("does not count"), "\(after)")
    }

    @Test func theDutiesOfALiveStoreAreThoseOfItsBundle() throws {
        let bench = try bench()
        try #require(try bench.run("done", "1.1", with: lena).code == 0)
        try #require(try bench.run("sign", "qa", "--approve", with: lena).code == 0)
        let shown = try bench.run("audit", "duties")
        #expect(shown.code == 0 && shown.output.contains("executor-approval"), "\(shown.output)")
        #expect(try bench.run("audit", "duties", "--strict").code == 1)
        let live = try bench.run("audit", "duties", "--all", "--json").json()["deployments"]
        #expect(try bench.run("audit", "export", "--output", "out").code == 0)
        let bundle = try bench.run("audit", "verify", "out", "--json").json()["deployments"]
        #expect(live == bundle && live?.array?.count == 1)
    }

    @Test func rolesThatComeLaterAreSaidToReachNoOpenGate() throws {
        let bench = try bench()
        try #require(try bench.run("sign", "qa", "--approve", with: lena).code == 0)
        let more = Fixture.project.replacing(
            "\"aliases\": [\"tom\"]",
            with: "\"aliases\": [\"tom\"], \"roles\": [\"QA Engineer\"]"
        )
        try bench.write(more, to: "deploykit.json")
        let applied = try bench.run("directory", "apply")
        #expect(applied.code == 0, "\(applied.errors)")
        #expect(applied.errors.contains("go by the people of before"), "\(applied.errors)")
        let late = try bench.run("sign", "qa", "--approve")
        #expect(late.code == 1 && late.errors.contains("came later"), "\(late.errors)")
    }

    @Test func aProjectFileThatWasEditedByHandIsCorrected() throws {
        let bench = try bench()
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
        let edited = Fixture.project.replacing(
            "\"roles\": [\"QA Engineer\"]",
            with: "\"roles\": [\"QA Engineer\"], \"keys\": [{\"ssh\": \"ssh-ed25519 \(key)\", "
                + "\"revokedAt\": \"2026-02-03T10:00:00Z\"}]"
        )
        try bench.write(edited, to: "deploykit.json")
        let run = try bench.run("status")
        #expect(run.code == 3)
        for words in ["revokedAt", "people", "write '2026-02-03T10:00:00.000Z'", "deploykit.json"] {
            #expect(run.errors.contains(words), "\(words): \(run.errors)")
        }
    }
}
