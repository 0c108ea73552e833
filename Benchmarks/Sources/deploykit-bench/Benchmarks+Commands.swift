// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CBaseline
import DeployKit
import DeployKitRunner
import DeployKitSQLite

extension Benchmarks {
    private static let commandCount = 1000

    /// A run of a thousand commands that do nothing: each attempt is in the log before its effect,
    /// and its end after it.
    static func commands(_ options: Options, _ report: inout Report) async throws {
        var ours: [Cost] = []
        var spawning: [Cost] = []
        var writing: [Cost] = []
        for round in 0..<3 {
            let path = "\(options.memory)/commands-\(round).sqlite"
            let store = try await SQLiteAuditStore(path: path)
            let live = try await Deployments(store: store).start(
                try checklist(),
                environment: Environment("test", tier: .test),
                version: "1.0.0",
                by: Workload.operatorName
            )
            let position = try await store.count()
            let settings = DeploymentRunner.Settings(
                root: options.memory,
                lock: "\(path).lock",
                environment: ["PATH": "/usr/bin:/bin"]
            )
            let runner = DeploymentRunner(settings)
            ours.append(
                try await cost {
                    _ = try await runner.run(live, by: Workload.operatorName) { _ in }
                }
            )
            await store.close()
            writing.append(try replay(path, to: path + ".c", from: position).0)
            var measured = dk_cost()
            guard dk_spawn_loop("/bin/true", Int32(commandCount), &measured) == 0 else {
                throw BenchmarkError(description: "/bin/true cannot be started")
            }
            spawning.append(Cost(measured))
        }
        let (mine, started, written) = (median(ours), median(spawning), median(writing))
        report.row(
            "run of 1,000 commands, wall without a disk",
            Report.second(mine.wall),
            "C loops \(Report.second(started.wall)) + \(Report.second(written.wall))",
            ratio: mine.wall / (started.wall + written.wall),
            goal: 1.5
        )
    }

    private static func checklist() throws -> Checklist {
        try Checklist("Commands", service: "payments") {
            Phase("Work") {
                for number in 1...commandCount {
                    Item("Step \(number)", .command("/bin/true"), effect: .idempotent)
                }
            }
        }
    }
}
