// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Testing

/// The whole plan is looked at before the first effect: nothing is done and nothing recorded when
/// any part of it cannot be.
@Suite struct RunPlanTests {
    private static let first = Item("First", .shell("touch first"), effect: .idempotent)

    private func refusal(
        variables: [Variable] = [],
        environment: [String: String] = [:],
        _ item: Item...
    ) async throws -> RunnerError? {
        let bench = try await RunBench(
            try Checklist("Ferry", variables: variables) {
                Phase("One") {
                    Self.first
                    item
                }
            },
            environment: environment
        )
        let size = try await bench.size
        do {
            let forecast = try await bench.runner.forecast(bench.live)
            #expect(forecast.items.count == item.count + 1)
            _ = try await bench.run()
            return nil
        } catch let dry as RunnerError {
            let error = await #expect(throws: RunnerError.self) { try await bench.run() }
            #expect(error == dry, "the dry run says what the run says")
            #expect(try await bench.size == size, "the record is intact")
            #expect(!bench.directory.holds("first"), "nothing was done")
            return error
        }
    }

    private func command(_ script: String, secrets: [String] = []) -> Item {
        Item("Second", .shell(script), effect: .idempotent, secrets: secrets)
    }

    @Test func everyFaultOfTheWholePlanIsNamedBeforeTheFirstEffect() async throws {
        #expect(
            try await refusal(command("scp build <prod-host>:/srv"))?.code == .placeholderUnbound
        )
        #expect(try await refusal(command("echo \"$NO_SUCH_NAME\""))?.code == .variableUnbound)
        let declared = [Variable(name: "REGION")]
        #expect(
            try await refusal(variables: declared, command("echo \"${REGION}\""))?.code
                == .variableUnbound
        )
        #expect(try await refusal(command("no-such-program --now"))?.code == .notFound)
        let direct = Item("Second", .command("no-such-program"), effect: Effect.none)
        #expect(try await refusal(direct)?.code == .notFound)
        #expect(try await refusal(command("/etc/passwd"))?.code == .notExecutable)
        let secret = command("true", secrets: ["API_TOKEN"])
        #expect(try await refusal(secret)?.code == .secretUnavailable)
        #expect(
            try await refusal(environment: ["API_TOKEN": "1234567"], secret)?.code
                == .secretTooShort
        )
        let probe = Item("Second", .probe(.get("ftp://localhost/")), effect: Effect.none)
        #expect(try await refusal(probe)?.code == .invalid)
        let unfilled = Item("Second", .probe(.get("http://$HOST/")), effect: Effect.none)
        #expect(try await refusal(unfilled)?.code == .variableUnbound)
        let interpreter = Item(
            "Second",
            .command(.script("select 1", interpreter: "no-such-sql")),
            effect: Effect.none
        )
        #expect(try await refusal(interpreter)?.code == .notFound)
        let several = try await refusal(
            command("scp build <prod-host>:/srv"),
            Item("Third", .shell("no-such-program"), effect: Effect.none)
        )
        #expect(several?.message.contains("runner-not-found") == true)
    }

    @Test func anOutputIsReadOnlyAfterItIsWritten() async throws {
        let build = Item(
            "Build",
            .shell("echo b-17"),
            effect: .idempotent,
            output: ItemOutput("BUILD_ID")
        )
        let use = Item("Use", .shell("echo \"$BUILD_ID\" > used"), effect: .idempotent)
        #expect(try await refusal(use, build)?.code == .outputUnwritten)
        #expect(try await refusal(build, use) == nil)
    }

    @Test(arguments: [
        "while read -r line; do echo \"$line\"; done < /dev/null",
        "for name in a b; do echo \"$name\"; done", "NAME=x; echo \"$NAME\"",
        "echo \"${NO_SUCH_NAME:-none}\"", "echo '$NO_SUCH_NAME' | cat", "echo \"$PWD $RANDOM $$\"",
        "cat <<EOF\n$$\nEOF", "printf -v NAME x; echo \"$NAME\"", "(( n = 1 )); echo \"$n\"",
        "echo \"$DEPLOYKIT_ATTEMPT $DEPLOYKIT_VERSION\"", "function f { local a b; a=1; }; f",
        "true; no-such-program || true", "f() { echo; }; f", "[ -n x ]", "[[ -n x ]]", "! false",
        "NAME=x sh -c 'echo \"$NAME\"'", "{ true; }", "(true)",
    ])
    func aScriptThatWorksIsNotRefused(script: String) async throws {
        #expect(try await refusal(command(script)) == nil, "\(script)")
    }

    @Test func aProgramThatAnEarlierItemMakesIsNotMissed() async throws {
        let make = Item(
            "Make",
            .shell("printf '#!/bin/sh\\ntouch made' > tool; chmod +x tool"),
            effect: .idempotent
        )
        #expect(try await refusal(make, command("./tool")) == nil)
    }

    @Test func aDryRunTellsWhatTheRunWouldDoAndWhereItWouldStop() async throws {
        let bench = try await RunBench(
            try Checklist("Ferry") {
                Phase("One") {
                    Self.first
                    Item("Look at it")
                    Item("Last", .shell("touch last"), effect: Effect.none)
                }
            }
        )
        let size = try await bench.size
        let forecast = try await bench.runner.forecast(bench.live)
        #expect(forecast.items == ["one/first"])
        #expect(forecast.stop == .person(["one/look-at-it"]))
        #expect(try await bench.size == size)
        let result = try await bench.run()
        #expect(result.next == forecast.stop)
    }
}

@Suite struct ItemOutputRunTests {
    private func bench(_ script: String, _ output: ItemOutput?) async throws -> RunBench {
        try await RunBench(
            try Checklist("Ferry") {
                Phase("One") {
                    Item("Build", .shell(script), effect: .idempotent, output: output)
                    Item("Use", .shell("printf %s \"$BUILD_ID\" > used"), effect: .idempotent)
                }
            }
        )
    }

    @Test func aValueReachesLaterItemsByName() async throws {
        for (script, output) in [
            ("echo b-17", ItemOutput("BUILD_ID")),
            (#"echo '{"id":"b-17"}'"#, ItemOutput("BUILD_ID", from: .jsonPointer("/id"))),
            ("echo b-17 > id.txt", ItemOutput("BUILD_ID", from: .file("id.txt", pointer: nil))),
        ] {
            let bench = try await bench(script, output)
            #expect(try await bench.run().state.status == .completed)
            #expect(bench.text(of: "used") == "b-17")
        }
    }

    // D17: written once per attempt, and never read as an empty text.
    @Test(arguments: [
        "true", "echo a; echo b", "printf '\\377\\n'", "echo postgres://ci:hunter22@db/orders",
        "head -c 3000000 /dev/zero | tr '\\0' x",
    ])
    func whatIsNoValueFailsTheItemThatOwesIt(script: String) async throws {
        let bench = try await bench(script, ItemOutput("BUILD_ID"))
        let result = try await bench.run()
        #expect(result.state.items["one/build"]?.cause == .noOutput)
        #expect(result.next == .failed(["one/build"]))
        #expect(!bench.directory.holds("used"))
        #expect(try await bench.note(of: "one/build") != nil)
    }

    @Test func aFileFromBeforeIsNoOutput() async throws {
        let output = ItemOutput("BUILD_ID", from: .file("id.txt", pointer: nil))
        let bench = try await bench("true", output)
        _ = bench.directory.write("b-16\n", to: "id.txt")
        #expect(try await bench.run().state.items["one/build"]?.cause == .noOutput)
    }

    @Test func theLatestPassedAttemptCounts() async throws {
        let bench = try await RunBench(
            try Checklist("Ferry") {
                Phase("One") {
                    Item(
                        "Build",
                        .shell("echo x >> n; wc -l < n"),
                        effect: .idempotent,
                        output: ItemOutput("BUILD_ID")
                    )
                    Item(
                        "Use",
                        .shell("printf %s \"$BUILD_ID\" > used"),
                        effect: .idempotent,
                        after: ["build"]
                    )
                    Item("Look")
                }
            }
        )
        _ = try await bench.run()
        #expect(bench.text(of: "used") == "1")
        try await bench.live.perform(.reopen("one/build", reason: "again"), by: RunBench.bot)
        _ = try await bench.run()
        #expect(bench.text(of: "used") == "2")
    }
}

@Suite struct ConcurrencyTests {
    private func bench(_ limit: Int, failing: Bool = false) async throws -> RunBench {
        let script = """
            echo start >> log; sleep 0.3; echo end >> log
            """
        return try await RunBench(
            try Checklist("Ferry") {
                Phase("One", concurrency: limit) {
                    for number in 1...6 {
                        Item(
                            "Step \(number)",
                            .shell(failing && number == 1 ? "sleep 0.1; exit 1" : script),
                            effect: .idempotent
                        )
                    }
                    Item(
                        "Last",
                        .shell("wc -l < log > seen"),
                        effect: .idempotent,
                        after: (1...6).map { ItemID("step-\($0)") }
                    )
                }
            }
        )
    }

    @Test(arguments: [1, 3, 17])
    func noMoreItemsRunAtATimeThanThePhaseAllows(limit: Int) async throws {
        let bench = try await bench(limit)
        let result = try await bench.run()
        #expect(result.state.status == .completed)
        var (open, most) = (0, 0)
        for line in bench.text(of: "log").split(separator: "\n") {
            open += line == "start" ? 1 : -1
            most = max(most, open)
        }
        #expect(most <= limit)
        if limit > 1 { #expect(most > 1, "declared concurrency is used") }
        #expect(bench.text(of: "seen") == "12\n", "what comes after all comes after all")
    }

    @Test func theFirstFailureStopsNewStartsAndLetsTheRestEnd() async throws {
        let bench = try await bench(2, failing: true)
        let result = try await bench.run()
        #expect(result.next == .failed(["one/step-1"]))
        #expect(result.state.items["one/step-2"]?.state == .passed(1))
        let begun = result.state.items.values.count { $0.attempts > 0 }
        #expect(begun == 2)
    }

    @Test func eachAttemptOfARetryIsInTheLog() async throws {
        let bench = try await RunBench(
            try Checklist("Ferry") {
                Phase("One") {
                    Item(
                        "Ask",
                        .shell("echo x >> tried; test $(wc -l < tried) -ge 3"),
                        effect: .idempotent,
                        retry: RetryPolicy(attempts: 4, delay: .milliseconds(50))
                    )
                }
            }
        )
        let start = ContinuousClock.now
        let result = try await bench.run()
        #expect(result.state.items["one/ask"]?.state == .passed(3))
        #expect(ContinuousClock.now - start >= .milliseconds(140), "50 and 100 ms of pauses")
        let starts = bench.progress.withLock { $0.filter { $0.hasPrefix("started") } }
        #expect(starts == ["started one/ask 1", "started one/ask 2", "started one/ask 3"])
    }
}
