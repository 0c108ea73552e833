// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Smoke suites and dry runs as a person and a script meet them.
@Suite struct SmokeVerbTests {
    private static let page = """
        # Ferry

        ## Deploy
        1. Build <!-- deploykit: kind=command effect=idempotent output=COMMIT -->
           ```
           git -C source rev-parse HEAD
           ```
        2. Pack <!-- deploykit: kind=command effect=idempotent -->
           ```
           git -C source archive --format=tar "$COMMIT" > ferry.tar
           ```

        ## Smoke
        <!-- deploykit: suite=smoke minimum=2 timeout=5m identity=probe-buyer -->

        - [ ] Whole <!-- deploykit: kind=command effect=none timeout=1m -->
          ```
          tar -tf ferry.tar | grep -q hull
          ```
        - [ ] Order as "$DEPLOYKIT_IDENTITY" <!-- deploykit: kind=command effect=idempotent check=writesSynthetic attempts=3 delay=50ms timeout=1m -->
          ```
          echo "$DEPLOYKIT_IDENTITY $DEPLOYKIT_ATTEMPT" >> orders; test ! -e closed
          ```
        - [ ] Take the orders back <!-- deploykit: kind=command effect=idempotent cleanup=true timeout=1m -->
          ```
          rm -f orders; echo x >> cleaned
          ```

        ## Rollback
        ### When to roll back
        - The smoke suite fails <!-- deploykit: id=smoke-failed suite=smoke level=level-1-sail-back -->

        ### Level 1: Sail back
        1. Turn around
        """

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(Self.page, to: "page.md")
        try bench.write(
            "{\"deploykit\":1,\"environments\":[{\"name\":\"staging\",\"tier\":\"test\"}]}",
            to: "deploykit.json"
        )
        let make =
            "git init -q source && cd source && echo oak > hull && git add hull && "
            + "git -c user.name=t -c user.email=t@example.com commit -qm 'Lay the keel'"
        try #require(bench.runProgram("/bin/sh", "-c", make) == 0)
        try #require(
            bench.run("start", "page.md", "--environment", "staging", "--version", "1").code == 0
        )
        return bench
    }

    @Test func aSuiteIsPlannedRunAndRunAgainByWhoeverIsOnCall() throws {
        let bench = try bench()
        let plan = try bench.run("run", "--dry-run")
        #expect(plan.output.contains("would execute 5"))
        #expect(plan.code == 0)
        #expect(access("\(bench.path)/ferry.tar", F_OK) != 0)
        #expect(try bench.run("run").code == 0)
        let id = try #require(
            try bench.run("list", "--json").json()["deployments"]?.array?.first?["id"]?.string
        )
        // The deployment is done; its checks are made again as often as somebody asks.
        let again = try bench.run("run", "--suite", "smoke", "--deployment", id, "--key", "page-1")
        #expect(again.code == 0)
        #expect(again.output.contains("run 1: passed, 3 of 3 steps passed"))
        let repeated = try bench.run(
            words: ["run", "--suite", "smoke", "--deployment", id, "--key", "page-1", "--json"]
        )
        #expect(try repeated.json()["isRepeated"] == .boolean(true))
        #expect(try bench.read("cleaned") == "x\nx\n")
        try bench.write("", to: "closed")
        let failed = try bench.run("run", "--suite", "smoke", "--json")
        #expect(failed.code == 1)
        #expect(try failed.json()["smoke"]?["verdict"]?["is"]?.string == "failed")
        #expect(
            try failed.json()["rollbackProposals"]?.array?.first?["trigger"]?.string
                == "smoke-failed"
        )
        #expect(try bench.read("cleaned") == "x\nx\nx\n")
        let status = try bench.run("status", "--deployment", id)
        #expect(status.output.contains("Smoke suite 'smoke', run 2: failed"))
        #expect(try bench.run("audit", "verify").code == 0)
        let unknown = try bench.run("run", "--suite", "smok", "--deployment", id)
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("it has smoke"))
    }

    @Test func aMachineDoesNotMoveValueInProduction() throws {
        let bench = try bench()
        let page = Self.page.replacing("check=writesSynthetic", with: "check=movesValue")
        try bench.write(page, to: "value.md")
        try bench.write(
            "{\"deploykit\":1,\"environments\":[{\"name\":\"live\",\"tier\":\"production\"}]}",
            to: "deploykit.json"
        )
        let start = try bench.run("start", "value.md", "--environment", "live", "--version", "1")
        #expect(start.code == 3)
        #expect(start.errors.contains("moves value"))
        let bound = page.replacing("check=movesValue", with: "check=movesValue environment=mainnet")
        try bench.write(bound, to: "bound.md")
        #expect(try bench.run("check", "bound.md").code == 3)
    }
}
