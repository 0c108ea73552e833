// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// A level that starts the old release again as a service, and one that asks whether it is there.
@Suite struct RollbackServiceTests {
    private func bench(_ start: ItemCommand, ready: Probe) async throws -> RunBench {
        let level = RollbackLevel(
            id: "old",
            title: "Old release",
            steps: [
                RollbackStep(
                    title: "Start the old one",
                    command: start,
                    effect: .idempotent,
                    ready: ready,
                    compensates: "on",
                    timeout: .seconds(20)
                )
            ],
            verification: [RollbackStep(title: "It answers", probe: ready)]
        )
        return try await RunBench(
            try Checklist("Orders", rollbackPlan: RollbackPlan(levels: [level])) {
                Phase("Deploy") {
                    Item("Switch on", .shell("true"), id: "on", effect: .reversible)
                    Item("Look at it", id: "look")
                }
            }
        )
    }

    private func goBack(_ bench: RunBench) async throws -> Deployment {
        _ = try await bench.run()
        try await bench.live.perform(
            .rollback(.authorise("old", reason: "it pays twice")),
            by: RunBench.bot
        )
        return try await bench.run().state
    }

    @Test(.enabled("the service needs /usr/bin/python3") { access("/usr/bin/python3", X_OK) == 0 })
    func aServiceIsStartedAndStays() async throws {
        let port = 40_000 + Int(getpid()) % 20_000
        let bench = try await bench(
            .shell("echo $$ > pid; exec python3 -m http.server \(port) --bind 127.0.0.1"),
            ready: .get("http://127.0.0.1:\(port)/")
        )
        let state = try await goBack(bench)
        let process = try #require(Int32(bench.text(of: "pid").split(separator: "\n")[0]))
        defer { kill(process, SIGTERM) }
        #expect(state.status == .rolledBack)
        #expect(kill(process, 0) == 0, "the service went with the runner")
    }

    @Test func aServiceThatDoesNotStartHaltsForAPerson() async throws {
        let bench = try await bench(.shell("exit 3"), ready: .tcp(host: "127.0.0.1", port: 1))
        let state = try await goBack(bench)
        #expect(state.status == .halted(.rollbackFailed("old")))
        #expect(state.rollback?.progress(of: "rollback/old/1").state == .failed(1))
    }
}
