// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Glibc
import Testing

@Suite struct DeploymentRunnerTests {
    let bot = Actor.service("release-bot")

    private struct Bench {
        let live: LiveDeployment
        let store: InMemoryAuditStore
        let runner: DeploymentRunner
        let directory: TemporaryDirectory

        func text(of name: String) -> String? {
            guard let stream = fopen("\(directory.path)/\(name)", "r") else { return nil }
            defer { fclose(stream) }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = fread(&buffer, 1, buffer.count, stream)
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    private func bench(
        environment: [String: String] = [:],
        @ChecklistBuilder<Item> _ items: () -> [Item]
    ) async throws -> Bench {
        let checklist = try Checklist("Run") { DeployKit.Phase("One") { items() } }
        let store = InMemoryAuditStore()
        let deployments = Deployments(store: store)
        let live = try await deployments.start(
            checklist,
            environment: try Environment("staging", tier: .test, networks: [.stellarTestnet]),
            version: "1",
            by: bot
        )
        let directory = TemporaryDirectory()
        var variables = environment
        variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        let settings = DeploymentRunner.Settings(
            root: directory.path,
            lock: "\(directory.path)/run.lock",
            environment: variables
        )
        return Bench(
            live: live,
            store: store,
            runner: DeploymentRunner(settings),
            directory: directory
        )
    }

    private func output(of item: ItemID, _ bench: Bench) async throws -> String? {
        let reference = try await bench.live.state().items[item]?.output
        guard let reference else { return nil }
        return try await bench.live.deployments.text(of: reference)
    }

    @Test func runsInDocumentOrderAndStopsAtThePerson() async throws {
        let bench = try await bench {
            Item("First", .shell("echo one"), effect: Effect.none)
            Item("Look at it")
            Item("Second", .shell("echo two"), effect: Effect.none)
        }
        let first = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(first.next == .person(["one/look-at-it"]))
        #expect(try await output(of: "one/first", bench) == "one\n")
        #expect(first.state.items["one/second"]?.attempts == 0)
        try await bench.live.complete("look-at-it", by: bot)
        let second = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(second.next == .nothing)
        #expect(second.state.status == .completed)
    }

    @Test func capturesTheOnlyContractAndHandsItToTheNextCommand() async throws {
        let id = "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"
        let bench = try await bench {
            Item(
                "Deploy",
                .capture("VESTING_CONTRACT_ID", from: .shell("echo 'deployed \(id)'")),
                effect: .irreversible
            )
            Item("Use", .shell("echo \"$VESTING_CONTRACT_ID\""), effect: Effect.none)
        }
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(result.state.contracts["VESTING_CONTRACT_ID"]?.id.text == id)
        #expect(try await output(of: "one/use", bench) == "\(id)\n")
    }

    @Test func anOutputWithoutAContractLeavesADoubt() async throws {
        let bench = try await bench {
            Item(
                "Deploy",
                .capture("VESTING_CONTRACT_ID", from: .shell("echo 'error: no funds'")),
                effect: .irreversible
            )
        }
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(result.next == .inDoubt(["one/deploy"]))
        #expect(result.state.items["one/deploy"]?.cause == .noContract)
    }

    @Test func aSecretReachesTheCommandAndNothingElse() async throws {
        let canary = "canary-5f0e1d2c3b"
        let bench = try await bench(environment: ["API_TOKEN": canary]) {
            Item(
                "Call",
                .shell("echo \"${#API_TOKEN} $API_TOKEN\"; printf %s \"$API_TOKEN\" | base64"),
                effect: Effect.none,
                secrets: ["API_TOKEN"]
            )
        }
        _ = try await bench.runner.run(bench.live, by: bot) { _ in }
        let text = try #require(try await output(of: "one/call", bench))
        #expect(text.hasPrefix("17 [redacted:API_TOKEN]"))
        #expect(!text.contains("Y2FuYXJ5"))
        for record in await bench.store.records(in: 0..<100) {
            #expect(!String(decoding: record.body, as: UTF8.self).contains(canary))
        }
    }

    @Test func whatIsMissingIsFoundBeforeTheAttempt() async throws {
        let bench = try await bench {
            Item("Copy", .shell("scp build <prod-host>:/srv"), effect: .reversible)
        }
        let size = try await bench.live.deployments.log.head().size
        let error = await #expect(throws: RunnerError.self) {
            try await bench.runner.run(bench.live, by: bot) { _ in }
        }
        #expect(error?.message.contains("<prod-host>") == true)
        #expect(try await bench.live.deployments.log.head().size == size)
    }

    // A process that was alive once on this machine, and is not now.
    private func dead() throws -> RunnerFacts {
        let own = try ProcessIdentity.current()
        return RunnerFacts(
            host: own.host,
            bootID: own.bootID,
            processID: Int(own.processID),
            processStart: Int(clamping: own.startTime) - 1
        )
    }

    @Test(arguments: Effect.allCases)
    func aLostAttemptIsMadeAgainOnlyWhereThatIsHarmless(effect: Effect) async throws {
        let bench = try await bench { Item("Do", .shell("true"), effect: effect) }
        try await bench.live.perform(.begin("one/do", runner: dead()), by: bot)
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        if effect.allowsBlindRetry {
            #expect(result.state.items["one/do"]?.state == .passed(2))
        } else {
            #expect(result.next == .inDoubt(["one/do"]))
        }
    }

    @Test func anAttemptOfALivingRunnerIsLeftAlone() async throws {
        let bench = try await bench { Item("Do", .shell("true"), effect: .idempotent) }
        let own = try ProcessIdentity.current()
        let facts = RunnerFacts(
            host: "another-machine",
            bootID: own.bootID,
            processID: 1,
            processStart: 1
        )
        try await bench.live.perform(.begin("one/do", runner: facts), by: bot)
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(result.next == .underWay("one/do", attempt: 1, runner: facts))
    }

    @Test func aSecondRunnerIsRefused() async throws {
        let bench = try await bench { Item("Do", .shell("true"), effect: .idempotent) }
        let lock = try AttemptLock(path: "\(bench.directory.path)/run.lock")
        let error = await #expect(throws: RunnerError.self) {
            try await bench.runner.run(bench.live, by: bot) { _ in }
        }
        #expect(error?.code == .locked)
        withExtendedLifetime(lock) {}
    }

    @Test(.enabled("the service needs /usr/bin/python3") { access("/usr/bin/python3", X_OK) == 0 })
    func aServiceStaysAndIsReadyWhenItAnswers() async throws {
        let port = 20_000 + Int(getpid()) % 20_000
        let bench = try await bench {
            Item(
                "Serve",
                .service(
                    .shell("echo $$ > pid; exec python3 -m http.server \(port) --bind 127.0.0.1"),
                    ready: .get("http://127.0.0.1:\(port)/")
                ),
                effect: .reversible,
                timeout: .seconds(20)
            )
            Item("Ask", .probe(.get("http://127.0.0.1:\(port)/")), effect: Effect.none)
        }
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(result.state.items["one/serve"]?.state == .passed(1))
        #expect(result.state.items["one/ask"]?.state == .passed(1))
        let text = try #require(bench.text(of: "pid"))
        let process = try #require(Int32(text.split(separator: "\n")[0]))
        #expect(kill(process, 0) == 0, "the service went with the runner")
        kill(process, SIGTERM)
    }

    @Test func aServiceThatNeverAnswersIsEnded() async throws {
        let bench = try await bench {
            Item(
                "Serve",
                .service(
                    .shell("echo $$ > pid; exec sleep 60"),
                    ready: .tcp(host: "127.0.0.1", port: 1)
                ),
                effect: .idempotent,
                timeout: .seconds(1)
            )
        }
        let result = try await bench.runner.run(bench.live, by: bot) { _ in }
        #expect(result.state.items["one/serve"]?.cause == .unreachable)
        let text = try #require(bench.text(of: "pid"))
        let process = try #require(Int32(text.split(separator: "\n")[0]))
        // It has no parent any more, so that nothing but the system reaps it.
        var isAlive = true
        for _ in 0..<40 where isAlive {
            isAlive = kill(process, 0) == 0
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(!isAlive)
    }
}
