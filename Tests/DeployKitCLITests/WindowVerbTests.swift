// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// What the built command does about windows, freezes, emergencies, amendments and issues.
@Suite struct WindowVerbTests {
    static let page = """
        # Orders

        ## Prepare
        - [ ] Build it

        ## Mainnet
        - [ ] Ship it

        ## Post-Deployment Monitoring
        ### 0-30 minutes
        - [ ] Look at the logs
        ### First 24 Hours
        - [ ] Hourly look at the error rate
        ### Week 1
        - [ ] Daily look at the metrics

        ## Maintenance Windows
        ### Regular Maintenance
        **Weekly**
        - [ ] Check the disk
        """

    static let project = #"""
        {"deploykit": 1,
         "environments": [
           {"name": "staging", "tier": "test", "zone": "Europe/Berlin"},
           {"name": "production", "tier": "production", "zone": "America/New_York"}
         ],
         "secrets": [{"name": "SYNTHETIC", "environment": "SYNTHETIC", "rotateBy": "2020-02-02"}],
         "freezes": [{"name": "long ago", "environments": ["production"],
                      "from": "2020-01-01", "until": "2999-01-01T08:00"}]}
        """#

    static func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(page, to: "page.md")
        try bench.write(project, to: "deploykit.json")
        return bench
    }

    static func start(_ bench: Bench, _ more: String...) throws -> CommandRun {
        try bench.run(
            words: ["start", "page.md", "--environment", "staging", "--version", "1"] + more
        )
    }

    @Test func windowsRunFromTheLastItemToTheLastWaiver() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        for item in ["1.1", "2.1"] { #expect(try bench.run("done", item).code == 0) }
        let due = try bench.run("due", "--json").json()["due"]?.array ?? []
        #expect(due.first?["kind"] == "rotation".json && due.first?["standing"] == "late".json)
        // Of each window what is due and what comes next; of the first, the end is not yet there.
        let standings = due.dropFirst().compactMap { $0["standing"]?.string }
        #expect(standings == ["due", "due", "upcoming", "upcoming", "upcoming"])
        #expect(try bench.run("due").output.contains("deploykit done 'first-24-hours#1'"))
        // An item may have a name that begins like the window's.
        let made = try bench.run("done", "first-24-hours", "--note", "all well")
        #expect(made.code == 0 && made.output.hasPrefix("recorded"), "\(made.output)")
        #expect(try bench.run("done", "first-24-hours#2").code == 1)
        #expect(try bench.run("done", "first-24-hours#99").code == 64)
        for item in ["3.1", "3.2", "3.3"] { #expect(try bench.run("done", item).code == 0) }
        #expect(try bench.run("gate", "completion").code == 1)
        // The environment is free meanwhile, and whoever comes next takes over.
        for window in ["0-30-minutes", "first-24-hours", "week-1"] {
            #expect(try bench.run("waive", window, "--reason", "a trial").code == 0)
        }
        let status = try bench.run("status", "--json").json()
        #expect(status["deployment"]?["status"] == "completed".json)
    }

    @Test func theNextDeploymentTakesThePlaceOfOneThatObserves() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        for item in ["1.1", "2.1"] { #expect(try bench.run("done", item).code == 0) }
        let first = try bench.run("list", "--json").json()
        let next = ["start", "page.md", "--environment", "staging", "--version", "2"]
        #expect(try bench.run(words: next).code == 0)
        let id = try #require(first["deployments"]?.array?.first?["id"]?.string)
        let report = try bench.run("status", "--deployment", id, "--json").json()
        #expect(report["deployment"]?["status"] == "superseded".json)
        let standings = report["windows"]?.array?.first?["observations"]?.array?.map {
            $0["standing"]
        }
        #expect(standings == ["cancelled".json])
    }

    @Test func aFreezeEndsWith5AndNamesItself() throws {
        let bench = try Self.bench()
        let words = ["start", "page.md", "--environment", "production", "--version", "1"]
        let refused = try bench.run(words: words)
        #expect(refused.code == 5)
        #expect(
            refused.errors.contains("'long ago' until 2999-01-01T13:00:00.000Z"),
            "\(refused.errors)"
        )
        #expect(try bench.run(words: words + ["--break-glass"]).code == 64)
        #expect(
            try bench.run(words: words + ["--break-glass", "--reason", "funds at risk"]).code == 0
        )
        let status = try bench.run("status")
        #expect(
            status.output.contains("BREAK-GLASS begun, frozen by 'long ago'"),
            "\(status.output)"
        )
        #expect(status.output.contains("Review of the break"))
        #expect(try bench.run("audit", "export", "--output", "evidence").code == 0)
        #expect(try bench.read("evidence/report.html").contains("BREAK-GLASS"))
        #expect(try bench.run("audit", "verify", "evidence").code == 0)
    }

    @Test func aRecordedFreezeStopsWhatHasNotBegun() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        #expect(
            try bench.run("freeze", "staging", "--name", "INC-81", "--reason", "repair").code == 0
        )
        let refused = try bench.run("done", "1.1")
        #expect(refused.code == 5 && refused.errors.contains("INC-81"))
        #expect(try bench.run("gate", "Prepare").code == 5)
        #expect(
            try bench.run("unfreeze", "staging", "--name", "INC-81", "--reason", "done").code == 0
        )
        #expect(try bench.run("done", "1.1").code == 0)
    }

    @Test func thePageThatMovedOnIsNamedAndFollowedWhenAsked() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        #expect(try bench.run("done", "1.1").code == 0)
        // Ticks are no change.
        #expect(try bench.run("export", "--markdown", "--output", "page.md").code == 0)
        #expect(try !bench.run("status").output.contains("moved on"))
        try bench.write(Self.page.replacing("Ship it", with: "Ship both"), to: "page.md")
        let status = try bench.run("status")
        #expect(
            status.output.contains("page.md has moved on (items: 1 new, 1 gone)"),
            "\(status.output)"
        )
        #expect(try bench.run("amend", "page.md", "--reason", "two of them").code == 0)
        #expect(try !bench.run("status").output.contains("moved on"))
        #expect(try bench.run("done", "ship-both").code == 0)
        try bench.write(Self.page.replacing("Build it", with: "Build both"), to: "page.md")
        let refused = try bench.run("amend", "page.md", "--reason", "x")
        #expect(
            refused.code == 1 && refused.errors.contains("prepare/build-it"),
            "\(refused.errors)"
        )
        #expect(try bench.run("audit", "verify").code == 0)
        #expect(try bench.run("audit", "export", "--output", "evidence").code == 0)
        #expect(try bench.run("audit", "verify", "evidence").code == 0)
    }

    @Test func issuesAreShownWithHowTheyWereSolved() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        #expect(try bench.run("note", "--issue", "the CDN kept it").code == 0)
        #expect(try bench.run("note", "--resolution", "purged", "--of", "1").code == 0)
        #expect(try bench.run("note", "--resolution", "purged").code == 64)
        #expect(try bench.run("note").code == 64)
        let issue = try bench.run("status", "--json").json()["issues"]?.array?.first
        #expect(issue?["text"] == "the CDN kept it".json && issue?["resolution"] == "purged".json)
        #expect(try bench.run("status").output.contains("solved: purged"))
    }

    @Test func aListOfThePageIsMaintenanceWithoutALock() throws {
        let bench = try Self.bench()
        #expect(try Self.start(bench).code == 0)
        let words = ["start", "page.md", "--environment", "staging", "--version", "w47"]
        let run = try bench.run(words: words + ["--list", "weekly", "--json"])
        #expect(run.code == 0, "\(run.errors)")
        let deployment = try run.json()["deployment"]
        #expect(
            deployment?["kind"] == "maintenance".json && deployment?["service"] == "orders".json
        )
        let id = try #require(deployment?["id"]?.string)
        #expect(try bench.run("done", "check-the-disk", "--deployment", id).code == 0)
        let status = try bench.run("status", "--deployment", id, "--json").json()
        #expect(status["deployment"]?["status"] == "completed".json)
        #expect(try bench.run(words: words + ["--list", "yearly"]).code == 64)
        #expect(try bench.run(words: words + ["--list", "weekly", "--kind", "deploy"]).code == 64)
    }
}
