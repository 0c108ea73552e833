// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CBaseline
import DeployKit
import DeployKitSQLite
import Foundation

extension Benchmarks {
    /// Reads and folds one deployment of 500 events in a small and in a large store.
    ///
    /// - Returns: The large store's path, the deployment in it, and one of 100 items, as many as
    ///   nine of ten real checklists have at the most, of which half are done.
    static func reading(
        _ options: Options,
        _ report: inout Report
    ) async throws -> (path: String, long: DeploymentID, usual: DeploymentID) {
        var usual: DeploymentID?
        var costs: [Int: [Cost]] = [:]
        let sizes = [1000, options.size]
        var stores: [Int: (store: SQLiteAuditStore, id: DeploymentID)] = [:]
        for size in sizes {
            let store = try await SQLiteAuditStore(path: "\(options.memory)/\(size).sqlite")
            let deployments = Deployments(store: store)
            let deployment = try await Workload.start(1, items: 400, in: deployments)[0]
            let ids = try await deployment.state().checklist.items.map(\.id)
            var next = ids.makeIterator()
            while try await deployment.state().revision < 500 {
                if let id = next.next(), id != ids.last {
                    try await deployment.perform(
                        .complete(id, note: nil, evidence: []),
                        by: Workload.operatorName
                    )
                } else {
                    try await deployment.perform(.note("seen"), by: Workload.operatorName)
                }
            }
            let other = try await Workload.start(
                1,
                items: 100,
                to: "usual",
                in: deployments
            )[0]
            for item in try await other.state().checklist.items.prefix(50) {
                try await other.perform(
                    .complete(item.id, note: nil, evidence: []),
                    by: Workload.operatorName
                )
            }
            usual = other.id
            let building = try await cost {
                // Half of the entries by one append each, as deployments write them.
                try await Workload.fill(deployments.log, to: size / 2, batch: 1)
                try await Workload.fill(deployments.log, to: size, batch: 1000)
            }
            if size == options.size {
                report.note("filling a store of \(size) entries", Report.second(building.wall))
            }
            stores[size] = (store, deployment.id)
        }
        for _ in 0..<15 {
            for size in sizes {
                guard let (store, id) = stores[size] else { continue }
                costs[size, default: []].append(
                    try await cost { _ = try await Deployments(store: store).state(of: id) }
                )
            }
        }
        let (small, large) = (median(costs[1000] ?? []), median(costs[options.size] ?? []))
        report.row(
            "read and fold 500 events in a store of \(options.size) entries, CPU",
            Report.milli(large.cpu),
            "in a store of 1000 \(Report.milli(small.cpu))",
            ratio: large.cpu / small.cpu,
            goal: 1.3
        )
        for (store, _) in stores.values { await store.close() }
        guard let id = stores[options.size]?.id, let usual else {
            throw BenchmarkError(description: "the large store was not filled")
        }
        return ("\(options.memory)/\(options.size).sqlite", id, usual)
    }

    /// Verifies a whole log, process against process.
    static func verifying(
        _ store: String,
        _ options: Options,
        _ report: inout Report
    ) async throws {
        let file = options.memory + "/entries"
        var bytes: Int64 = 0
        guard dk_dump(store, file, &bytes) == 0 else {
            throw BenchmarkError(description: "the entries of \(store) cannot be written out")
        }
        let ours = try run(
            [options.command, "audit", "verify", "--store", store],
            rounds: 2,
            watchesMemory: true
        )
        let theirs = try run(["sha256sum", file], rounds: 3)
        try FileManager.default.removeItem(atPath: file)
        report.row(
            "verify a log of \(options.size) entries (\(bytes >> 20) MiB), CPU",
            Report.second(ours.cpu),
            "sha256sum \(Report.second(theirs.cpu))",
            ratio: ours.cpu / theirs.cpu,
            goal: 8
        )
        report.row(
            "verify a log of \(options.size) entries, peak memory",
            "\(Report.short(ours.peakInMiB)) MiB",
            limit: "≤ 100 MB",
            isMet: ours.peakInMiB * 1.048_576 <= 100
        )
    }

    /// Asks for the state of deployments, from the start of the process to its end.
    static func status(
        _ store: (path: String, long: DeploymentID, usual: DeploymentID),
        _ options: Options,
        _ report: inout Report
    ) throws {
        func status(of id: DeploymentID) throws -> Cost {
            try run(
                [options.command, "status", "--store", store.path, "--deployment", id.text],
                rounds: 15
            )
        }
        let ours = try status(of: store.usual)
        let theirs = try run(["sqlite3", store.path, "select 1"], rounds: 15)
        report.row(
            "deploykit status of 100 items, store of \(options.size) entries, CPU",
            Report.milli(ours.cpu),
            "sqlite3 'select 1' \(Report.milli(theirs.cpu))",
            ratio: ours.cpu / theirs.cpu,
            goal: 4
        )
        report.note("deploykit status, wall", Report.milli(ours.wall), Report.milli(theirs.wall))
        let long = try status(of: store.long)
        report.note("deploykit status of 400 items and 500 events, CPU", Report.milli(long.cpu))
    }
}
