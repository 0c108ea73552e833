// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

extension Benchmarks {
    /// One completed item an append: read, decide, encode, hash, commit.
    static func appends(_ options: Options, _ report: inout Report) async throws {
        var ours: [Cost] = []
        var baseline: [Cost] = []
        var settings = ""
        for round in 0..<5 {
            let path = "\(options.memory)/append-\(round).sqlite"
            let (cost, count, position) = try await completing(
                deployments: 80,
                items: 25,
                storeAt: path
            )
            let beside = try replay(path, to: path + ".c", from: position)
            settings = beside.1
            ours.append(cost.each(count))
            baseline.append(beside.0.each(count))
        }
        let (mine, theirs) = (median(ours), median(baseline))
        report.row(
            "single append, CPU",
            Report.micro(mine.cpu),
            "C loop \(Report.micro(theirs.cpu))",
            ratio: mine.cpu / theirs.cpu,
            goal: 2
        )
        report.row(
            "single append, wall without a disk",
            Report.micro(mine.wall),
            "C loop \(Report.micro(theirs.wall))",
            ratio: mine.wall / theirs.wall,
            goal: 1.5
        )
        let path = "\(options.disk)/append.sqlite"
        let (cost, count, position) = try await completing(
            deployments: 10,
            items: 25,
            storeAt: path
        )
        let beside = try replay(path, to: path + ".c", from: position)
        report.note(
            "single append, wall, durable",
            Report.micro(cost.each(count).wall),
            "C loop \(Report.micro(beside.0.each(count).wall))"
        )
        report.note("settings of the C loop, the store's own", settings)
    }

    /// Completes all items but the last of so many deployments.
    ///
    /// - Returns: The cost of it, how many appends it took, and where the first of them stands.
    private static func completing(
        deployments count: Int,
        items: Int,
        storeAt path: String
    ) async throws -> (Cost, appends: Int, firstPosition: Int) {
        let store = try await SQLiteAuditStore(path: path)
        let deployments = Deployments(store: store)
        let started = try await Workload.start(count, items: items, in: deployments)
        let position = try await store.count()
        let ids = try await started[0].state().checklist.items.map(\.id)
        let cost = try await cost {
            for deployment in started {
                for id in ids.dropLast() {
                    try await deployment.perform(
                        .complete(id, note: nil, evidence: []),
                        by: Workload.operatorName
                    )
                }
            }
        }
        await store.close()
        return (cost, count * (items - 1), position)
    }

    /// A thousand entries an append.
    static func batches(_ options: Options, _ report: inout Report) async throws {
        var ours: [Cost] = []
        var baseline: [Cost] = []
        for round in 0..<5 {
            let path = "\(options.memory)/batch-\(round).sqlite"
            let store = try await SQLiteAuditStore(path: path)
            let log = AuditLog(store: store, origin: "bench.1")
            try await Workload.fill(log, to: 2, batch: 1)
            let cost = try await cost { try await Workload.fill(log, to: 20_002, batch: 1000) }
            await store.close()
            let beside = try replay(path, to: path + ".c", from: 2)
            ours.append(cost.each(20))
            baseline.append(beside.0.each(20))
        }
        let (mine, theirs) = (median(ours), median(baseline))
        report.row(
            "batch append of 1,000, CPU",
            Report.milli(mine.cpu),
            "C loop \(Report.milli(theirs.cpu))",
            ratio: mine.cpu / theirs.cpu,
            goal: 3
        )
        report.row(
            "batch append of 1,000, wall without a disk",
            Report.milli(mine.wall),
            "C loop \(Report.milli(theirs.wall))",
            ratio: mine.wall / theirs.wall,
            goal: 3
        )
    }

    /// SHA-256 of one long message.
    static func hashing(_ report: inout Report) async throws {
        let message = [UInt8](repeating: 0x61, count: 32 << 20)
        var costs: [Cost] = []
        for _ in 0..<5 { costs.append(await cost { _ = SHA256.digest(of: message) }) }
        let speed = Double(message.count) / median(costs).cpu / 1e6
        report.row(
            "SHA-256 of 32 MiB",
            "\(Report.short(speed)) MB/s",
            limit: "≥ 250 MB/s",
            isMet: speed >= 250
        )
    }

    /// The middle of an odd number of costs, by wall and by processor time apart.
    static func median(_ costs: [Cost]) -> Cost {
        func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        return Cost(wall: middle(costs.map(\.wall)), cpu: middle(costs.map(\.cpu)))
    }
}
