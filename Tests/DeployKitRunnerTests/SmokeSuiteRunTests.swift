// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Testing

@Suite struct SmokeSuiteRunTests {
    private static func check(_ title: String, _ script: String, retry: RetryPolicy? = nil) -> Item
    {
        Item(
            title,
            .shell(script),
            effect: .idempotent,
            timeout: .seconds(300),
            retry: retry,
            suite: "smoke"
        )
    }

    // Long enough to be seen by a runner that would end it.
    private static let wipe = Item(
        "Wipe",
        .shell("sleep 0.3; echo \"$DEPLOYKIT_ATTEMPT\" >> wiped"),
        effect: .idempotent,
        timeout: .seconds(300),
        suite: "smoke",
        isCleanup: true
    )

    private static func bench(
        _ suite: SmokeSuite? = SmokeSuite("smoke", deadline: .seconds(600)),
        @ChecklistBuilder<Item> _ items: () -> [Item]
    ) async throws -> RunBench {
        try await RunBench(
            try Checklist("Ferry", suites: [suite].compactMap(\.self)) { Phase("One") { items() } }
        )
    }

    @Test func aSuiteIsRunAgainAfterTheDeploymentIsDone() async throws {
        let bench = try await Self.bench {
            Self.check("Look", "echo \"$DEPLOYKIT_ATTEMPT\" >> looked; test ! -e broken")
            Self.wipe
        }
        #expect(try await bench.run().state.status == .completed)
        let before = try await bench.live.state()
        let first = try await bench.runSuite(key: "night")
        #expect(first.run.verdict?.word == .passed)
        #expect(!first.isRepeated)
        #expect(first.state.items == before.items)
        // The same key is the same run; nothing is done again.
        let again = try await bench.runSuite(key: "night")
        #expect(again.isRepeated)
        #expect(again.run == first.run)
        #expect(bench.count(of: "looked") == 2)
        _ = bench.directory.write("", to: "broken")
        let second = try await bench.runSuite()
        #expect(second.run.number == 2)
        #expect(second.run.verdict == SmokeVerdict(.failed, failed: ["one/look"]))
        #expect(bench.count(of: "wiped") == 3, "each run cleans up, also the failed one")
        let keys = Set(bench.text(of: "looked").split(separator: "\n"))
        #expect(keys.count == 3, "each attempt has an idempotency key of its own")
    }

    @Test func cleanupRunsInThePipelineAfterAFailure() async throws {
        let bench = try await Self.bench {
            Self.check("Look", "test -e fixed")
            Self.check("Look twice", "true")
            Self.wipe
        }
        let failed = try await bench.run()
        #expect(failed.next == .failed(["one/look"]))
        #expect(bench.count(of: "wiped") == 1)
        #expect(failed.state.items["one/look-twice"]?.attempts == 0)
        _ = bench.directory.write("", to: "fixed")
        try await bench.live.perform(.reopen("one/look", reason: nil), by: RunBench.bot)
        let passed = try await bench.run()
        #expect(passed.state.status == .completed)
        #expect(bench.count(of: "wiped") == 2, "what is checked again is cleaned up again")
    }

    @Test(.timeLimit(.minutes(1)))
    func cleanupRunsAfterATimeoutAndACancellation() async throws {
        let bench = try await Self.bench(SmokeSuite("smoke", deadline: .milliseconds(600))) {
            Self.check("Hang", "sleep 30")
            Self.check("Never reached", "touch reached")
            Self.wipe
        }
        let late = try await bench.runSuite()
        #expect(
            late.run.verdict
                == SmokeVerdict(.inconclusive, open: ["one/hang", "one/never-reached"])
        )
        #expect(late.run.check("one/hang")?.cause == .timedOut)
        #expect(bench.count(of: "wiped") == 1)

        let slow = try await Self.bench {
            Self.check("Hang", "touch begun; sleep 30")
            Self.wipe
        }
        for isSuite in [false, true] {
            let task = Task {
                if isSuite {
                    try await slow.runSuite().wasCancelled
                } else {
                    try await slow.run().wasCancelled
                }
            }
            while slow.text(of: "run.lock").isEmpty, slow.progress.withLock({ $0.isEmpty }),
                !slow.directory.holds("begun")
            {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await Task.sleep(for: .milliseconds(300))
            task.cancel()
            #expect(try await task.value)
            #expect(slow.count(of: "wiped") == (isSuite ? 2 : 1))
            if !isSuite {
                let state = try await slow.live.state()
                #expect(state.items["one/hang"]?.cause == .interrupted)
                #expect(state.items["one/wipe"]?.state == .passed(1))
            }
        }
    }

    @Test func theDeadlineOfTheSuiteWinsOverRetries() async throws {
        let retry = RetryPolicy(attempts: 20, delay: .milliseconds(100))
        let bench = try await Self.bench(SmokeSuite("smoke", deadline: .milliseconds(900))) {
            Self.check("Try", "echo x >> tried; exit 1", retry: retry)
            Self.wipe
        }
        // 100, 200 and 400 ms of pauses fit, fewer on a machine that is busy.
        let result = try await bench.runSuite()
        #expect(result.run.verdict?.word == .failed)
        #expect((1...4).contains(result.run.check("one/try")?.attempts ?? 0))
        let item = try await bench.run()
        #expect(item.next == .failed(["one/try"]))
        #expect((1...4).contains(item.state.items["one/try"]?.attempts ?? 0))
    }

    @Test func aLostRunIsEndedAndCleanedUpByTheNext() async throws {
        let bench = try await Self.bench {
            Self.check("Look", "true")
            Self.wipe
        }
        let own = try ProcessIdentity.current()
        let dead = RunnerFacts(
            host: own.host,
            bootID: own.bootID,
            processID: Int(own.processID),
            processStart: Int(clamping: own.startTime) - 1
        )
        try await bench.live.perform(.smoke(.start("smoke", runner: dead)), by: RunBench.bot)
        try await bench.live.perform(.smoke(.begin("one/look", run: 1)), by: RunBench.bot)
        let next = try await bench.runSuite()
        #expect(next.run.number == 2)
        #expect(next.run.verdict?.word == .passed)
        let lost = next.state.smokeRuns[0]
        #expect(lost.verdict == SmokeVerdict(.inconclusive, open: ["one/look"]))
        #expect(lost.check("one/look")?.cause == .lost)
        #expect(bench.count(of: "wiped") == 2)
    }

    @Test func aRunOfALivingRunnerElsewhereIsLeftAlone() async throws {
        let bench = try await Self.bench { Self.check("Look", "true") }
        let elsewhere = RunnerFacts(host: "other", bootID: "b", processID: 1, processStart: 1)
        try await bench.live.perform(.smoke(.start("smoke", runner: elsewhere)), by: RunBench.bot)
        let error = await #expect(throws: RunnerError.self) { try await bench.runSuite() }
        #expect(error?.code == .locked)
    }

    @Test func whatIsMissingIsFoundBeforeARunBegins() async throws {
        let bench = try await Self.bench {
            Self.check("Look", "touch looked")
            Self.check("Ask", "curl -H \"Authorization: $NO_SUCH_TOKEN\" localhost")
        }
        let size = try await bench.size
        let error = await #expect(throws: RunnerError.self) { try await bench.runSuite() }
        #expect(error?.code == .variableUnbound)
        #expect(try await bench.size == size)
        #expect(!bench.directory.holds("looked"))
    }

    @Test func aCheckAfterOneThatDidNotPassIsLeftOut() async throws {
        let bench = try await Self.bench {
            Self.check("Log in", "exit 1")
            Item(
                "Order",
                .shell("touch ordered"),
                effect: .idempotent,
                after: ["log-in"],
                timeout: .seconds(300),
                suite: "smoke"
            )
            Self.check("Beside", "touch beside")
        }
        let result = try await bench.runSuite()
        #expect(result.run.verdict?.failed == ["one/log-in"])
        #expect(result.run.verdict?.open == ["one/order"])
        #expect(!bench.directory.holds("ordered"))
        #expect(bench.directory.holds("beside"))
    }
}
