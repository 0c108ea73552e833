// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Secrets that commands, probes and hooks use, and shout: no byte of them may be found in anything
/// that is kept, printed or exported (D18).
@Suite struct CanaryTests {
    private static let fromEnvironment = "canary-env-5f0e1d2c3b4a"
    private static let fromFile = "canary-file-9c8b7a6d5e4f"
    // Nobody declares it; its shape gives it away.
    private static let seed = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI"

    private static let page = """
        # Ferry

        ## One
        - [ ] Shout <!-- deploykit: kind=command effect=idempotent secrets=API_TOKEN,DB_KEY -->
          ```
          echo "$API_TOKEN"; echo "$DB_KEY" >&2; printf %s "$API_TOKEN" | base64
          printf %s "$DB_KEY" | od -An -tx1 | tr -d ' \\n'; echo
          for n in 1 2 3; do printf 'canary-env-'; sleep 0.05; printf '5f0e1d2c3b4a '; done; echo
          cat seed.txt; echo "{\\"key\\":\\"$API_TOKEN\\"}"
          ```
        - [ ] Name it <!-- deploykit: kind=command effect=idempotent output=SEED -->
          ```
          cat seed.txt
          ```

        ## Smoke
        <!-- deploykit: suite=smoke -->

        - [ ] Ask `GET http://127.0.0.1:1/$API_TOKEN` <!-- deploykit: kind=probe -->
        - [ ] Fail <!-- deploykit: kind=command effect=none secrets=API_TOKEN -->
          ```
          echo "$API_TOKEN" >&2; exit 3
          ```
        """

    @Test func aPlantedSecretIsInNothingThatIsKeptPrintedOrExported() throws {
        let bench = try Bench()
        try bench.makeFolder("keys")
        try bench.write("\(Self.fromFile)\n", to: "keys/db")
        #expect(try bench.runProgram("chmod", "600", "keys/db") == 0)
        try bench.write("\(Self.seed)\n", to: "seed.txt")
        try bench.write("cat >/dev/null; echo \"$API_TOKEN\" >&2; exit 1\n", to: "tell.sh")
        try bench.write(
            """
            {"deploykit":1,"environments":[{"name":"staging","tier":"test"}],
             "secrets":[{"name":"DB_KEY","file":"keys/db"}],
             "hooks":[{"name":"tell","on":["halted","smoke.ended"],"command":["/bin/sh","tell.sh"],
                       "secrets":["API_TOKEN"]}]}
            """,
            to: "deploykit.json"
        )
        // The address may not hold a secret, and an output is none: both are refused by name.
        try bench.write(Self.page, to: "page.md")
        let world = ["API_TOKEN": Self.fromEnvironment]
        var said = ""
        @discardableResult
        func call(_ words: String...) throws -> Int32 {
            let run = try bench.run(words: words, with: world)
            said += run.output + run.errors
            return run.code
        }
        #expect(try call("hook", "trust") == 0)
        #expect(try call("start", "page.md", "--environment", "staging", "--version", "1") == 0)
        #expect(try call("run", "--dry-run") == 3)
        #expect(said.contains("'API_TOKEN'"), "no secret stands in an address")
        try bench.write(
            Self.page.replacing("/$API_TOKEN", with: "/x"),
            to: "page.md"
        )
        try call("abort", "--reason", "the page was wrong")
        #expect(try call("start", "page.md", "--environment", "staging", "--version", "2") == 0)
        #expect(try call("run", "--json") == 1)
        #expect(try call("run", "--suite", "smoke", "--json") == 1)
        try call("status", "--json")
        try call("status")
        try call("audit", "log", "--json")
        try call("export", "--markdown", "--output", "ticked.md")
        try call("audit", "export", "--output", "evidence")
        try call("note", "it said \(Self.fromEnvironment)")
        #expect(said.contains("[redacted:API_TOKEN]"))
        #expect(said.contains("no secret is stored"))
        _ = try bench.runProgram("rm", "-r", "keys", "seed.txt")
        let encoded = [
            Self.fromEnvironment, Self.fromFile, Self.seed, "Y2FuYXJ5LWVudi01ZjBl",
            "63616e6172792d66696c652d",
        ]
        for form in encoded {
            #expect(!said.contains(form))
            // grep ends with 1 where there is nothing, in files of any kind.
            #expect(try bench.runProgram("grep", "-raqF", "--", form, ".") == 1, "\(form)")
        }
    }

    // `make torture` lets 100 MB through, `make test` 8.
    @Test func aFloodStaysUnder64MB() throws {
        let bench = try Bench()
        let size = getenv("DEPLOYKIT_TORTURE") == nil ? 8_000_000 : 100_000_000
        try bench.write(
            """
            # Flood
            ## One
            - [ ] Shout <!-- deploykit: kind=command effect=none timeout=5m -->
              ```
              head -c \(size) /dev/zero | tr '\\0' 'y'
              for n in {1..20000}; do echo 'a line of ordinary output'; done
              grep VmHWM /proc/$PPID/status
              ```
            """,
            to: "page.md"
        )
        try #require(
            bench.run("start", "page.md", "--environment", "staging", "--version", "1").code == 0
        )
        let run = try bench.run("run", "--json")
        #expect(run.code == 0)
        let log = try bench.run("audit", "export", "--output", "evidence")
        #expect(log.code == 0)
        #expect(
            try bench.runProgram("grep", "-rqE", "VmHWM:[[:space:]]+[0-6]?[0-9]{4} kB", ".") == 0
        )
    }

    @Test func anOrphanIsGoneWithinTwoSecondsOfTheDeadline() throws {
        let bench = try Bench()
        try bench.write(
            """
            # Orphan
            ## One
            - [ ] Leave it <!-- deploykit: kind=command effect=none timeout=1s -->
              ```
              setsid sh -c 'trap "" TERM; echo $$ > orphan; while :; do sleep 1; done' </dev/null &
              sleep 60
              ```
            """,
            to: "page.md"
        )
        try #require(
            bench.run("start", "page.md", "--environment", "staging", "--version", "1").code == 0
        )
        #expect(try bench.run("run").code == 1)
        let orphan = try bench.read("orphan").trimmingSuffix("\n")
        // It has no parent any more, so that nothing but the system reaps what is left of it.
        let isGone = try bench.runProgram(
            "/bin/sh",
            "-c",
            "! test -e /proc/\(orphan) || grep -q '^State:[[:space:]]Z' /proc/\(orphan)/status"
        )
        #expect(isGone == 0, "the run ends when the tree has")
        let log = try bench.run("audit", "log", "--json").output
        #expect(log.contains("timedOut"))
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
    }
}
