// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Glibc
import Testing

@testable import deploykit_cli

/// A page whose commands leave traces: `state` has a line for each, and a file of the same name as
/// an item or step makes it fail.
enum RollbackPage {
    static let project =
        #"{"deploykit": 1, "environments": [{"name": "test", "tier": "test", "networks": []}, "#
        + #"{"name": "live", "tier": "production", "networks": []}]}"#

    static func text(policy: String = "automatic", undo: String = "idempotent") -> String {
        """
        # Orders

        ## Deploy

        - [ ] Switch on <!-- deploykit: id=on kind=command effect=reversible -->

          ```bash
          echo on >>state; test ! -e on
          ```

        - [ ] Smoke <!-- deploykit: id=smoke kind=command effect=none suite=smoke -->

          ```bash
          test ! -e smoke
          ```

        - [ ] Look at it

        ## Rollback plan

        ### When to roll back

        - The smoke suite fails <!-- deploykit: suite=smoke level=stop trigger=\(policy) -->

        ### Level 1: Stop (low impact)
        <!-- deploykit: id=stop -->

        1. Switch off <!-- deploykit: kind=command effect=\(undo) compensates=on timeout=20s -->

           ```bash
           echo off >>state; test ! -e off
           ```

        2. It is off <!-- deploykit: kind=command effect=none verification=true -->

           ```bash
           grep -q off state
           ```

        ### Level 2: Restore the backup (high impact)
        <!-- deploykit: id=restore -->

        1. Restore the backup

        """
    }

    /// A folder in which the page is started, and has run as far as it goes.
    static func start(
        _ bench: Bench,
        policy: String = "automatic",
        undo: String = "idempotent",
        failing: String...
    ) throws {
        try bench.write(text(policy: policy, undo: undo), to: "page.md")
        try bench.write(project, to: "deploykit.json")
        for name in failing { try bench.write("", to: name) }
        let run = try bench.run("start", "page.md", "--environment", "test", "--version", "1")
        try #require(run.code == 0, "\(run.errors)")
    }
}

@Suite struct RollbackVerbTests {
    @Test func runCarriesAnAutomaticRollbackOut() throws {
        let bench = try Bench()
        try RollbackPage.start(bench, failing: "smoke")
        let run = try bench.run("run", "--json")
        #expect(run.code == 6, "\(run.output)\(run.errors)")
        #expect(try run.json()["deployment"]?["status"]?.string == "rolledBack")
        #expect(try bench.read("state") == "on\noff\n")
        let status = try bench.run("status", "--json").json()
        let rollback = try #require(status["rollbacks"]?.array?.first)
        #expect(rollback["isAutomatic"] == true.json)
        #expect(rollback["steps"]?.array?.map { $0["state"]?.string } == ["passed", "passed"])
        let locked = try bench.run("start", "page.md", "--environment", "test", "--version", "2")
        #expect(locked.code == 5 && locked.errors.contains("unlock"), "\(locked.errors)")
        #expect(try bench.run("unlock").code == 64)
        #expect(try bench.run("unlock", "--reason", "fixed").code == 0)
        #expect(
            try bench.run("start", "page.md", "--environment", "test", "--version", "2").code == 0
        )
    }

    // Everything at work, nothing in between that a person does: measured, judged, undone, verified.
    @Test func aWatchCarriesAnAutomaticRollbackOut() throws {
        guard access("/usr/bin/python3", X_OK) == 0 else {
            print("left out: the page of metrics is served by /usr/bin/python3, which is missing")
            return
        }
        let bench = try Bench()
        let page = RollbackPage.text().replacing(
            "- The smoke suite fails <!-- deploykit: suite=smoke level=stop trigger=automatic -->",
            with: "- Mail fails <!-- deploykit: metric=mail level=stop trigger=automatic -->"
        )
        let metrics = """

            ## Success metrics

            | Metric | Target | Critical |
            |---|---|---|
            | Mail | > 95% | < 80% |

            """
        try bench.write(page + metrics, to: "page.md")
        try bench.write(RollbackPage.project, to: "deploykit.json")
        let words = ["start", "page.md", "--environment", "test", "--version", "1"]
        let started = try bench.run(words: words)
        try #require(started.code == 0, "\(started.errors)")
        #expect(try bench.run("run").code == 4)
        let server = try MetricVerbTests.serveFailingMail(bench)
        defer { server.stop() }
        let watch = try bench.run(
            words: [
                "metric", "watch", "--page", server.page, "--every", "1s", "--for", "30s",
                "--query", "mail=sent_total / (sent_total + failed_total)", "--json",
            ]
        )
        #expect(watch.code == 6, "\(watch.output)\(watch.errors)")
        #expect(try watch.json()["deployment"]?["status"]?.string == "rolledBack")
        #expect(try bench.read("state") == "on\noff\n")
        let rollback = try bench.run("status", "--json").json()["rollbacks"]?.array?.first
        #expect(rollback?["isAutomatic"] == true.json)
        #expect(try bench.run("metric", "replay").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
    }

    // What is missing only by then is a failure, from which the run goes on: it cleans up and back.
    @Test func whatIsMissingOnTheWayFailsItsItem() throws {
        let bench = try Bench()
        let page = RollbackPage.text().replacing(
            "- [ ] Smoke <!-- deploykit: id=smoke kind=command effect=none suite=smoke -->",
            with: """
                - [ ] Token <!-- deploykit: id=token kind=command effect=none suite=smoke output=SID -->

                  ```bash
                  printf 'tok\\033x\\n'
                  ```

                - [ ] Smoke <!-- deploykit: id=ask kind=probe suite=smoke timeout=2s header="X-Session: $SID" -->

                  ```http
                  GET http://127.0.0.1:1/
                  ```

                - [ ] Tidy <!-- deploykit: id=tidy kind=command effect=idempotent suite=smoke cleanup=true -->
                """
        )
        try bench.write(page, to: "page.md")
        try bench.write(RollbackPage.project, to: "deploykit.json")
        let words = ["start", "page.md", "--environment", "test", "--version", "1"]
        let started = try bench.run(words: words)
        try #require(started.code == 0, "\(started.errors)")
        let run = try bench.run("run")
        #expect(run.code == 6, "\(run.output)\(run.errors)")
        #expect(try bench.read("state") == "on\noff\n")
        let status = try bench.run("status").output
        #expect(status.contains("control character"), "\(status)")
    }

    @Test func whatTheWayBackNeedsIsLookedForBeforeTheFirstEffect() throws {
        let bench = try Bench()
        let page = RollbackPage.text().replacing(
            "compensates=on",
            with: "compensates=on secrets=KEY"
        )
        try bench.write(page, to: "page.md")
        try bench.write(RollbackPage.project, to: "deploykit.json")
        let words = ["start", "page.md", "--environment", "test", "--version", "1"]
        try #require(bench.run(words: words).code == 0)
        let run = try bench.run("run")
        #expect(
            run.errors.contains("the way back: ") && run.errors.contains("KEY"),
            "\(run.errors)"
        )
        #expect(try bench.run("status", "--json").json()["rollbacks"] == nil)
        #expect(access(bench.path + "/state", F_OK) != 0, "nothing has begun")
        // Where a person begins it, a step that cannot be done fails, and the rollback with it.
        let other = try Bench()
        try RollbackPage.start(other, policy: "proposed", failing: "smoke")
        try other.write(
            page.replacing("trigger=automatic", with: "trigger=proposed"),
            to: "page.md"
        )
        #expect(try other.run("abort", "--reason", "another page").code == 0)
        try #require(other.run(words: words).code == 0)
        #expect(try other.run("run").code == 1)
        let back = try other.run("rollback", "--level", "stop", "--reason", "a trial")
        #expect(back.code == 7, "\(back.output)\(back.errors)")
    }

    @Test func aProposalWaitsForAPerson() throws {
        let bench = try Bench()
        try RollbackPage.start(bench, policy: "proposed", failing: "smoke")
        let run = try bench.run("run")
        #expect(run.code == 1 && run.output.contains("deploykit rollback --level stop"))
        #expect(try bench.read("state") == "on\n")
        let back = try bench.run("rollback")
        #expect(back.code == 6, "\(back.output)\(back.errors)")
        // Asked again, it is the same.
        #expect(try bench.run("rollback").code == 6)
        #expect(try bench.read("state") == "on\noff\n")
    }

    @Test func aFailedRollbackIsAPersonsToEnd() throws {
        let bench = try Bench()
        try RollbackPage.start(bench, failing: "smoke", "off")
        #expect(try bench.run("run").code == 7)
        #expect(try bench.run("run").code == 7)
        let status = try bench.run("status").output
        #expect(status.contains("halted: the rollback by 'stop' failed"), "\(status)")
        #expect(status.contains("deploykit reopen R1"), "\(status)")
        let other = try bench.run("rollback", "--level", "2", "--reason", "it stays on")
        #expect(other.code == 4, "\(other.errors)")
        #expect(try bench.run("done", "R1", "--note", "backup of 02:00").code == 0)
        #expect(try bench.run("waive", "V1", "--reason", "late").code == 1)
        #expect(try bench.run("done", "V1").code == 0)
        #expect(try bench.run("status").output.contains("rolledBack"))
        #expect(try bench.run("audit", "verify").code == 0)
    }

    @Test func previewsAndDismissalsChangeNothingElse() throws {
        let bench = try Bench()
        try RollbackPage.start(bench)
        #expect(try bench.run("run").code == 4)
        let preview = try bench.run("rollback", "--dry-run", "--json").json()
        #expect(preview["level"]?.string == "stop")
        #expect(preview["steps"]?.array?.map { $0["applies"] } == [true.json, true.json])
        #expect(try bench.run("rollback", "--propose", "--reason", "odd").code == 0)
        #expect(try bench.run("inbox").output.contains("rollback proposed"))
        #expect(try bench.run("rollback", "--dismiss").code == 64)
        #expect(try bench.run("rollback", "--dismiss", "--reason", "fine").code == 0)
        #expect(try bench.run("done", "1.3").code == 0)
        #expect(try bench.read("state") == "on\n")
        // What is completed is gone back from by a deployment of its own.
        let back = try bench.run("rollback", "--reason", "it leaks", "--json")
        #expect(back.code == 6, "\(back.errors)")
        #expect(try back.json()["deployment"]?["kind"]?.string == "rollback")
    }

    @Test func aSignatureBeginsWhatAsksForOne() throws {
        let bench = try Bench()
        try RollbackPage.start(bench, policy: "requiresSignOff", failing: "smoke")
        let run = try bench.run("run")
        #expect(run.code == 1 && run.output.contains("deploykit sign rollback-stop"))
        #expect(try bench.run("rollback").code == 4)
        #expect(try bench.read("state") == "on\n")
        let sign = try bench.run(
            "sign",
            "rollback-stop",
            "--approve",
            "--as",
            "lena@example.com"
        )
        #expect(sign.code == 0 && sign.output.contains("rollingBack"), "\(sign.errors)")
        #expect(try bench.run("run").code == 6)
    }

    /// Whenever a rollback is killed, the next run goes on, and what cannot be undone twice is
    /// undone once: the commands themselves count. `DEPLOYKIT_ROLLBACK_KILLS` says how often.
    @Test func aKilledRollbackUndoesEverythingOnce() throws {
        let count = getenv("DEPLOYKIT_ROLLBACK_KILLS").flatMap { Int(String(cString: $0)) } ?? 3
        var random = SplitMix64(seed: 1)
        var (kills, doubts) = (0, 0)
        for round in 0..<count {
            let bench = try Bench()
            try bench.write(Self.manySteps, to: "page.md")
            try bench.write(RollbackPage.project, to: "deploykit.json")
            // A kill may come before the first effect.
            try bench.write("", to: "effects")
            let words = ["start", "page.md", "--environment", "test", "--version", "1"]
            try #require(bench.run(words: words).code == 0)
            try #require(bench.run("run").code == 4)
            var code: Int32 = 137
            for attempt in 0..<40 where code != 6 {
                let words = ["rollback", "--level", "1", "--reason", "kill \(round)"]
                // What was killed before it was authorised is asked for again.
                let status = try bench.run("status", "--json").json()["deployment"]?["status"]
                let isUnderWay = status?.string == "rollingBack" || status?.string == "halted"
                let process = try bench.begin(words: isUnderWay ? ["run"] : words)
                if attempt < 4 {
                    usleep(UInt32.random(in: 20_000...500_000, using: &random))
                    kill(process, SIGKILL)
                }
                code = Bench.end(of: process)
                if code == 137 { kills += 1 }
                guard code == 7 || code == 2 else { continue }
                // Somebody looks at what the command itself has counted, and says so.
                let next = try bench.run("status", "--json").json()["next"]
                guard next?["step"]?.string == "inDoubt",
                    let step = next?["items"]?.array?.first?.string
                else { continue }
                doubts += 1
                let number = step.split(separator: "/").last.map(String.init) ?? ""
                let happened = try bench.read("effects").contains("undo \(number)\n")
                let said = try bench.run(
                    "resolve",
                    step,
                    happened ? "--happened" : "--not-happened",
                    "--reason",
                    "counted"
                )
                try #require(said.code == 0, "\(said.errors)")
                if !happened { try #require(bench.run("reopen", step).code == 0) }
            }
            #expect(code == 6)
            let effects = try bench.read("effects").split(separator: "\n").map(String.init)
            #expect(effects.sorted() == (1...5).map { "undo \($0)" }, "\(effects)")
            #expect(try bench.run("audit", "verify").code == 0)
        }
        print("rollback kills: \(kills) kills in \(count) rollbacks, \(doubts) doubts resolved")
    }

    private static var manySteps: String {
        let items = (1...5).map { number in
            """
            - [ ] Item \(number) <!-- deploykit: id=i\(number) kind=command effect=reversible -->

              ```bash
              true
              ```

            """
        }
        let steps = (1...5).map { number in
            """
            \(number). Undo \(number) <!-- deploykit: kind=command effect=irreversible compensates=i\(number) -->

               ```bash
               sleep 0.0\(number); echo "undo \(number)" >>effects; sleep 0.03
               ```

            """
        }
        return """
            # Orders

            ## Deploy

            \(items.joined(separator: "\n"))
            - [ ] Look at it

            ## Rollback plan

            ### Level 1: Stop (low impact)

            \(steps.joined(separator: "\n"))
            6. Undone <!-- deploykit: kind=command effect=none verification=true -->

               ```bash
               test "$(wc -l <effects)" = 5
               ```

            """
    }
}
