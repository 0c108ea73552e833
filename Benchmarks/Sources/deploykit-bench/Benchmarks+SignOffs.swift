// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Foundation

extension Benchmarks {
    /// Prints the sign-offs of a log as CSV, process against process: `sqlite3 -csv` takes the same
    /// columns out of the same rows with its JSON functions.
    static func signOffs(_ options: Options, _ report: inout Report) async throws {
        let count = 100_000
        let path = "\(options.memory)/signoffs.sqlite"
        try await fillSignOffs(count, path)
        let table = "\(options.memory)/signoffs.csv"
        func csv(_ program: String) throws -> Cost {
            try run(["/bin/sh", "-c", "\(program) > '\(table)'"], rounds: 3, watchesMemory: true)
        }
        let ours = try csv("'\(options.command)' export --sign-offs --store '\(path)'")
        let lines = try String(contentsOfFile: table, encoding: .utf8).utf8.count { $0 == 0x0A }
        guard lines == count + 1 else {
            throw BenchmarkError(description: "the table has \(lines) lines")
        }
        let theirs = try csv("sqlite3 -csv '\(path)' \"\(columns)\"")
        let raw = try csv("sqlite3 -csv '\(path)' 'select position, header, body from entry'")
        try FileManager.default.removeItem(atPath: table)
        report.row(
            "export \(count) sign-offs as CSV, CPU",
            Report.second(ours.cpu),
            "sqlite3 -csv, the same columns \(Report.second(theirs.cpu))",
            ratio: ours.cpu / theirs.cpu,
            goal: 5
        )
        report.row(
            "export \(count) sign-offs as CSV, peak memory",
            "\(Report.short(ours.peakInMiB)) MiB",
            limit: "≤ 100 MB",
            isMet: ours.peakInMiB * 1.048_576 <= 100
        )
        report.note(
            "the same beside sqlite3 -csv of the rows as they are stored, CPU",
            Report.second(ours.cpu),
            Report.second(raw.cpu)
        )
    }

    // The hash of the header, which SQLite cannot make, is stood in for by another of its size.
    private static let columns = """
        with started as (select stream, cast(body as text) as b from entry where revision = 0)
        select e.position, lower(hex(e.salt)), cast(e.header as text)->>'at',
        s.b->>'deployment', s.b->'subject'->>'service', s.b->'subject'->'environment'->>'name',
        s.b->'subject'->'environment'->>'tier', s.b->'subject'->>'version',
        o->>'gate', o->>'round', o->>'slot', o->>'decision', o->>'person', o->'actor'->>'id',
        o->'actor'->>'assurance', 'UNSIGNED', o->>'authority', o->>'checklist', o->>'subject',
        o->'head'->>'size', o->'head'->>'rootHash', o->'reason'->>'digest'
        from (select *, cast(body as text)->'signOff' as o from entry
        where cast(header as text)->>'kind' = 'signed-off') as e
        join started as s on s.stream = e.stream order by e.position
        """

    /// Deployments of fifty sign-offs each, copied under other names until there are `count`.
    private static func fillSignOffs(_ count: Int, _ path: String) async throws {
        let people = 50
        let store = try await SQLiteAuditStore(path: path)
        let deployments = Deployments(store: store)
        let checklist = try Checklist(
            "Release",
            edition: "1",
            service: "payments",
            signOffs: [.people(people + 1, of: "QA")]
        ) {
            Phase("Release") { Item("Step 1 of the release is done") }
        }
        let live = try await deployments.start(
            checklist,
            environment: Environment("test", tier: .test),
            version: "1.0.0",
            by: Workload.operatorName
        )
        for number in 0..<people {
            try await live.sign(
                "qa",
                .approved,
                by: .person(ActorID("person-\(number)@example.com")),
                reason: "load test green"
            )
        }
        let entries = try await deployments.log.entries(of: .deployment(live.id))
        for copy in 1..<count / people {
            let id = DeploymentID("d-\(copy)")
            let events = try entries.map { entry in
                let body = String(decoding: entry.body.canonicalBytes, as: UTF8.self)
                    .replacing("\"\(live.id)\"", with: "\"\(id)\"")
                return NewEntry(
                    stream: .deployment(id),
                    kind: entry.kind,
                    body: try JSONValue(parsing: body)
                )
            }
            try await deployments.log.append(
                events,
                at: SystemClock().now(),
                entropy: SystemEntropy().next()
            )
        }
        await store.close()
    }
}
