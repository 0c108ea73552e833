// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct DeploymentVerbTests {
    @Test func aDeploymentGoesFromStartToCompletion() throws {
        let bench = try Bench()
        let start = try bench.start()
        #expect(start.code == 0, "\(start.errors)")
        #expect(start.output.contains("orders · staging · 1.0"))
        #expect(start.errors.isEmpty)

        #expect(try bench.run("gate").code == 1)
        #expect(try bench.run("done", "1.1", "--note", "412 MB").code == 0)
        #expect(try bench.run("done", "tables").code == 0)
        #expect(try bench.run("skip", "1.3", "--reason", "no SMS here").code == 0)
        #expect(
            try bench.run("sign", "QA Engineer", "--approve", "--as", "lena@example.com").code == 0
        )
        let gate = try bench.run("gate", "Backend services")
        #expect(gate.code == 0)
        #expect(gate.output == "phase/backend: open\n")
        let last = try bench.run("done", "2.1", "--json").json()
        #expect(last["deployment"]?["status"] == "completed".json)
        #expect(last["item"]?["state"] == "passed".json)

        let status = try bench.run("status")
        #expect(status.code == 0)
        #expect(status.output.contains("✓ 1.1 Create the backup"))
        #expect(status.output.contains("– 1.3 SMS templates"))
        #expect(status.output.contains("approved by lena@example.com UNSIGNED"))
        for line in status.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(!status.output.contains("\u{1B}"), "no terminal, no colour")
    }

    @Test func startingTheSameAgainGivesTheSame() throws {
        let bench = try Bench()
        try bench.start()
        let words = [
            "start", "checklist.json", "--environment", "stg", "--version", "1.0", "--json",
        ]
        let first = try bench.run(words: words).json()
        let second = try bench.run(words: words).json()
        #expect(first["deployment"]?["id"] == second["deployment"]?["id"])
        #expect(try bench.run("list", "--json").json()["deployments"]?.array?.count == 1)
    }

    @Test func anotherVersionForTheSameEnvironmentIsAConflict() throws {
        let bench = try Bench()
        try bench.start()
        let second = try bench.start(version: "1.1")
        #expect(second.code == 5)
        #expect(second.errors.contains("holds 'staging'"))
        #expect(second.output.isEmpty)
    }

    @Test func severalOpenDeploymentsMustBeToldApart() throws {
        let bench = try Bench()
        try bench.start()
        let other = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "production",
            "--version",
            "1.0",
            "--json"
        ).json()
        let id = try #require(other["deployment"]?["id"]?.string)
        let unclear = try bench.run("status")
        #expect(unclear.code == 64)
        #expect(unclear.errors.contains("--deployment \(id)"))
        #expect(try bench.run("status", "--deployment", id).code == 0)
        #expect(try bench.run("status", with: ["DEPLOYKIT_DEPLOYMENT": id]).code == 0)
        #expect(try bench.run("status", "--deployment", "d-none").code == 64)
        #expect(try bench.run("inbox").output.contains(id))
    }

    @Test func sayingItTwiceChangesNothingAndSayingOtherwiseIsAConflict() throws {
        let bench = try Bench()
        try bench.start()
        #expect(
            try bench.run("done", "1.1", "--note", "a", "--json").json()["hasChanged"] == true.json
        )
        #expect(
            try bench.run("done", "1.1", "--note", "a", "--json").json()["hasChanged"] == false.json
        )
        #expect(try bench.run("done", "1.1", "--note", "b").code == 5)
    }

    @Test func anIdempotencyKeyIsGoodForOneCommand() throws {
        let bench = try Bench()
        try bench.start()
        #expect(
            try bench.run("note", "hello", "--key", "k1", "--json").json()["hasChanged"]
                == true.json
        )
        #expect(
            try bench.run("note", "hello", "--key", "k1", "--json").json()["hasChanged"]
                == false.json
        )
        let other = try bench.run("note", "other", "--key", "k1")
        #expect(other.code == 5)
        #expect(other.errors.contains("idempotency key"))
    }

    @Test func aFailureHaltsUntilItIsReopenedOrWaived() throws {
        let bench = try Bench()
        try bench.start()
        let failed = try bench.run("fail", "1.1", "--reason", "disk full", "--json").json()
        #expect(failed["deployment"]?["status"] == "halted".json)
        #expect(failed["next"]?["step"] == "failed".json)
        #expect(try bench.run("reopen", "1.1").code == 0)
        #expect(try bench.run("waive", "1.1").code == 64)
        #expect(try bench.run("waive", "1.1", "--reason", "agreed").code == 0)
        #expect(try bench.run("status").output.contains("~ 1.1 Create the backup"))
    }

    @Test func whoMayNotSignIsToldWhoMay() throws {
        let bench = try Bench()
        try bench.start()
        let refused = try bench.run("sign", "qa", "--approve")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("eligible: lena@example.com"))
        #expect(try bench.run("inbox").output.contains("you hold none of its roles"))
        let inbox = try bench.run("inbox", "--as", "lena@example.com", "--json").json()
        let signature = inbox["deployments"]?.array?.first?["signatures"]?.array?.first
        #expect(signature?["slot"] == "qa-engineer".json)
        #expect(signature?["obstacle"] == nil)
    }

    @Test func aRejectionBeforeAnyEffectEndsTheDeployment() throws {
        let bench = try Bench()
        try bench.start()
        let lena = ["DEPLOYKIT_ACTOR": "lena@example.com"]
        #expect(try bench.run("sign", "qa", "--reject", with: lena).code == 64)
        let rejected = try bench.run("sign", "qa", "--reject", "--reason", "no", with: lena)
        #expect(rejected.code == 0)
        #expect(try bench.run("status").output.contains("aborted: 'phase/backend' was rejected"))
        #expect(try bench.run("gate", "backend").code == 1)
    }

    @Test func aSignOffIsTakenBackByWhoGaveIt() throws {
        let bench = try Bench()
        try bench.start()
        let lena = ["DEPLOYKIT_ACTOR": "lena@example.com"]
        #expect(try bench.run("withdraw", "qa", "--reason", "why", with: lena).code == 1)
        #expect(try bench.run("sign", "qa", "--approve", with: lena).code == 0)
        #expect(try bench.run("withdraw", "qa", "--reason", "wrong one", with: lena).code == 0)
        #expect(try bench.run("gate", "backend").output.contains("(0 of 1"))
    }

    @Test func aDeploymentThatEndedIsStillShownAndNothingElse() throws {
        let bench = try Bench()
        try bench.start()
        #expect(try bench.run("abort", "--reason", "withdrawn").code == 0)
        #expect(try bench.run("status").output.contains("aborted"))
        let done = try bench.run("done", "1.1")
        #expect(done.code == 64)
        #expect(done.errors.contains("no deployment is open"))
        #expect(try bench.run("inbox").output == "no deployment is open\n")
    }

    @Test func everythingIsInTheLog() throws {
        let bench = try Bench()
        try bench.start()
        try bench.run("done", "1.1", "--note", "ok")
        try bench.run("set", "deployed-by=Tom")
        let log = try bench.run("audit", "log", "--json").json()
        let kinds = (log["entries"]?.array ?? []).compactMap { $0["kind"]?.string }
        #expect(
            kinds == [
                "log-created", "directory-applied", "deployment-started", "environment-entered",
                "item-done", "field-set",
            ]
        )
        let status = try bench.run("status", "--json").json()
        #expect(status["fields"]?.array?.first?["value"] == "Tom".json)
    }

    @Test func verifyingSaysHowFarTheAnswerGoes() throws {
        let bench = try Bench()
        try bench.start()
        let verified = try bench.run("audit", "verify", "--require-anchor")
        #expect(verified.code == 2)
        #expect(verified.output.hasPrefix("UNANCHORED   4 entries"))
        // A look that asks for nothing leaves a note outside the store, which the next compares with.
        let first = try bench.run("audit", "verify", "--json").json()
        #expect(first["verdict"] == "UNANCHORED".json)
        let json = try bench.run("audit", "verify", "--json").json()
        #expect(json["verdict"] == "ANCHORED".json)
        #expect(json["faultCount"] == 0.json)
    }

    @Test func evidenceIsKept() throws {
        let bench = try Bench()
        try bench.start()
        try bench.write("412 MB", to: "backup.log")
        #expect(try bench.run("done", "1.1", "--evidence", "backup.log").code == 0)
        #expect(try bench.run("done", "1.2", "--evidence", "https://ci.example.com/7").code == 0)
        let missing = try bench.run("done", "1.3", "--evidence", "none.log")
        #expect(missing.code == 3)
        #expect(missing.errors.contains("'none.log' cannot be read"))
    }

    @Test func everyReaderAnswersInJSONWithItsVersion() throws {
        let bench = try Bench()
        try bench.start()
        for words in [
            ["status"], ["list"], ["inbox"], ["gate"], ["audit", "log"], ["audit", "verify"],
            ["contract", "list"],
        ] {
            let run = try bench.run(words: words + ["--json"])
            #expect(try run.json()["schemaVersion"] == 1.json, "\(words)")
            #expect(run.errors.isEmpty)
        }
    }

    @Test func anErrorIsJSONTooWhenJSONIsAskedFor() throws {
        let run = try Bench().run("status", "--json")
        #expect(run.code == 3)
        #expect(try run.json()["error"]?["code"] == "input-absent".json)
        #expect(try run.json()["error"]?["exit"] == 3.json)
        #expect(run.errors.contains("there is no store"))
    }

    @Test func whoActsIsSaidOrFoundOut() throws {
        let bench = try Bench()
        try bench.start(project: false)
        func actor(_ words: String..., with: [String: String]) throws -> JSONValue? {
            try bench.run(words: ["inbox", "--json"] + words, with: with).json()["actor"]
        }
        let git = ["DEPLOYKIT_ACTOR": "", "GIT_CONFIG_GLOBAL": "\(bench.path)/gitconfig"]
        #expect(try actor("--as", "x", with: [:])?["id"] == "x".json)
        #expect(try actor(with: [:])?["id"] == "tom@example.com".json)
        #expect(try actor(with: ["DEPLOYKIT_ACTOR": ""])?["assurance"] == "osUser".json)
        try bench.write("[user]\n\temail = git@example.com\n", to: "gitconfig")
        #expect(try actor(with: git)?["id"] == "git@example.com".json)
        #expect(try actor(with: git)?["assurance"] == "asserted".json)
    }

    @Test func helpGoesToStandardOutput() throws {
        let bench = try Bench()
        for words in [
            ["help"], ["--help"], ["help", "sign"], ["sign", "--help"], ["--version"],
            ["audit", "--help"], ["audit", "-h"], ["help", "store"], ["key", "--help"],
        ] {
            let run = try bench.run(words: words)
            #expect(run.code == 0 && !run.output.isEmpty && run.errors.isEmpty, "\(words)")
            let json = try bench.run(words: words + ["--json"])
            #expect(json.code == 0 && json.errors.isEmpty, "\(words)")
            #expect(try json.json()["schemaVersion"] == 1.json, "\(words)")
        }
        let store = try bench.run("store", "--help").output
        #expect(store.contains("store save") && !store.contains("audit"))
        let verbs = try bench.run("store", "--help", "--json").json()["verbs"]?.array ?? []
        let names = Set(verbs.compactMap { $0["name"]?.string })
        #expect(names.isSuperset(of: ["store save", "store copy"]), "\(names)")
        for words in [
            [], ["audit"], ["audit", "--json"], ["help", "audit", "all"], ["x", "--help"],
        ] {
            let run = try bench.run(words: words)
            #expect(run.code == 64, "\(words)")
        }
    }
}
