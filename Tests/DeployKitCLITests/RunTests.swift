// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@Suite struct RunTests {
    /// A bench with a started deployment of commands, each the text of a shell script.
    private func bench(
        _ scripts: [(script: String, effect: String)],
        more: String = "",
        secrets: String = "[]"
    ) throws -> Bench {
        let items = scripts.enumerated().map { index, item in
            JSONValue.members([
                "id": "phase/\(index + 1)".json,
                "title": "Step \(index + 1)".json,
                "effect": item.effect.json,
                "secrets": try? JSONValue(parsing: secrets),
                "kind": .members([
                    "is": "command".json,
                    "command": .members([
                        "script": item.script.json, "interpreter": "bash".json,
                    ]),
                ]),
            ])
        }
        let list = String(decoding: JSONValue.array(items).canonicalBytes, as: UTF8.self)
        let bench = try Bench()
        try bench.write(
            #"{"v":1,"title":"Run","phases":[{"id":"phase","title":"Phase","sections":[{"#
                + #""id":"phase","items":\#(list)}]}]\#(more)}"#,
            to: "checklist.json"
        )
        let start = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "staging",
            "--version",
            "1"
        )
        try #require(start.code == 0, "\(start.errors)")
        return bench
    }

    @Test func aRunGoesOnToTheEnd() throws {
        let bench = try bench([("echo one; echo two >&2", "none"), ("printf 'no end'", "none")])
        let run = try bench.run("run")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("    one\n") && run.output.contains("    two\n"))
        #expect(run.output.contains("    no end\n✓ 1.2 Step 2: passed"))
        #expect(run.output.contains("is completed"))
    }

    @Test func aFailureThatChangedNothingStopsTheRun() throws {
        let bench = try bench([("exit 3", "idempotent"), ("touch second", "none")])
        let run = try bench.run("run", "--json")
        #expect(run.code == 1)
        let attempt = try run.json()["attempts"]?.array?.first
        #expect(attempt?["state"] == "failed".json)
        #expect(attempt?["cause"]?["exited"] == 3.json)
        #expect(run.errors.contains("✗ 1.1"))
        #expect(access("\(bench.path)/second", F_OK) != 0)
        #expect(try bench.run("reopen", "1.1").code == 0)
        #expect(try bench.run("run").code == 1)
        #expect(
            try bench.run("status", "--json").json()["phases"]?.array?.first?["items"]?
                .array?.first?["attempt"] == 2.json
        )
    }

    @Test func aFailureThatMayHaveChangedSomethingIsADoubt() throws {
        let bench = try bench([("exit 1", "irreversible")])
        #expect(try bench.run("run").code == 2)
        #expect(try bench.run("reopen", "1.1", "--reason", "again").code == 1)
        #expect(try bench.run("resolve", "1.1", "--reason", "x").code == 64)
        let words = ["resolve", "1.1", "--happened", "--reason", "seen on chain"]
        #expect(try bench.run(words: words).code == 0)
        #expect(try bench.run("status").output.contains("completed"))
    }

    @Test func anInterruptEndsTheCommandAndIsRecorded() throws {
        for (signal, code) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
            let bench = try bench([("touch begun; sleep 60", "idempotent")])
            let process = try bench.begin(words: ["run"])
            try bench.wait(for: "begun")
            kill(process, signal)
            #expect(Bench.end(of: process) == code)
            #expect(try bench.run("status").output.contains("failed: interrupted"))
        }
    }

    @Test func anOutputThatCannotBeWrittenStopsNothingAndIsReported() throws {
        let bench = try bench([("sleep 0.2; seq 100000; touch finished", "irreversible")])
        let closed = try bench.run("run", with: ["OUT": "/dev/full"])
        #expect(closed.code == 70)
        #expect(closed.errors.contains("No space left on device"))
        #expect(access("\(bench.path)/finished", F_OK) == 0)
        #expect(try bench.run("status").output.contains("completed"))
    }

    @Test func anAttemptWhoseRunnerWasKilledIsFoundByTheNext() throws {
        let bench = try bench([("touch begun; sleep 60; touch survived", "reversible")])
        let process = try bench.begin(words: ["run"])
        try bench.wait(for: "begun")
        kill(process, SIGKILL)
        #expect(Bench.end(of: process) == 137)
        #expect(try bench.run("status").output.contains("▸ 1.1 Step 1"))
        let next = try bench.run("run")
        #expect(next.code == 2, "reversible: it may have happened")
        #expect(next.output.contains("attempt 1 was lost with its runner"))
        #expect(try bench.run("audit", "verify").code == 0)
    }

    @Test func twoRunnersOfOneDeploymentAreAConflict() throws {
        let bench = try bench([("touch begun; sleep 60", "none")])
        let process = try bench.begin(words: ["run"])
        try bench.wait(for: "begun")
        let second = try bench.run("run")
        kill(process, SIGTERM)
        #expect(Bench.end(of: process) == 143)
        #expect(second.code == 5)
        #expect(second.errors.contains("another process holds the lock"))
    }

    @Test func aSecretIsGivenToTheCommandAndShownToNobody() throws {
        let bench = try bench(
            [("echo \"got $DB_PASSWORD\"; echo -n $DB_PASSWORD | base64", "none")],
            secrets: #"["DB_PASSWORD"]"#
        )
        let missing = try bench.run("run")
        #expect(missing.code == 64)
        #expect(missing.errors.contains("needs the environment variable 'DB_PASSWORD'"))
        let value = "correct horse battery"
        let run = try bench.run("run", with: ["DB_PASSWORD": value])
        #expect(run.code == 0)
        #expect(run.output.contains("got [redacted:DB_PASSWORD]"))
        #expect(!run.output.contains(value) && !run.output.contains("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"))
    }

    @Test func aCommandWithAnUnboundVariableIsNotRun() throws {
        let bench = try bench(
            [("touch ran; echo $HOST_NAME", "irreversible")],
            more: #","variables":[{"name":"HOST_NAME"}]"#
        )
        let run = try bench.run("run")
        #expect(run.code == 3)
        #expect(run.errors.contains("'HOST_NAME' has no value"))
        #expect(access("\(bench.path)/ran", F_OK) != 0)
        #expect(try bench.run("status").output.contains("○ 1.1"))
    }

    @Test func aCIRunnerCannotBeOrdered() throws {
        let bench = try bench([("echo '::set-output name=x::y'; printf '\\033[2J'", "none")])
        let run = try bench.run("run", with: ["GITHUB_ACTIONS": "true"])
        let lines = run.output.split(separator: "\n").map(String.init)
        let stop = try #require(lines.firstIndex { $0.hasPrefix("::stop-commands::") })
        let token = lines[stop].dropFirst("::stop-commands::".count)
        let resume = try #require(lines.firstIndex(of: "::\(token)::"))
        let order = try #require(lines.firstIndex { $0.hasPrefix("    ::set-output") })
        #expect(stop < order && order < resume)
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test(arguments: [[:], ["CI": "true"], ["GITHUB_ACTIONS": "no"]])
    func outsideOfGitHubNothingIsFenced(_ variables: [String: String]) throws {
        let bench = try bench([("echo loud", "none")])
        let run = try bench.run("run", with: variables)
        #expect(run.output.contains("loud") && !run.output.contains("::"))
    }

    @Test func theEnvironmentOfACommandIsItsOwn() throws {
        let bench = try bench([("env | cut -d= -f1 | sort | tr '\\n' ' '", "none")])
        let run = try bench.run("run", with: ["LEAK": "x", "LC_ALL": "C"])
        #expect(run.code == 0)
        #expect(!run.output.contains("LEAK"))
        #expect(run.output.contains("LC_ALL"))
    }

    @Test func onlyThePhaseThatIsNamedRuns() throws {
        let bench = try bench([("touch ran", "none")])
        let unknown = try bench.run("run", "--phase", "moon")
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("--phase phase"))
        #expect(try bench.run("run", "--phase", "1").code == 0)
        #expect(access("\(bench.path)/ran", F_OK) == 0)
    }
}
