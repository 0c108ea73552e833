// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

/// Stores left in the middle of an append, whose journal did not survive as it was.
@Suite struct JournalCampaignTests {
    private let folder: TemporaryFolder
    private let start = ContinuousClock.now
    private var path: String { folder.path("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    /// Makes `torn.sqlite` and its journal: what is on the disk when a process dies after it wrote
    /// most of an append and before it committed.
    ///
    /// - Returns: The log before that append, and with it.
    private func makeTornStore() async throws -> (before: Auditor, after: Auditor) {
        let (before, after) = (folder.path("before.sqlite"), folder.path("after.sqlite"))
        try await SampleLog.make(at: before, count: 120)
        try FileManager.default.copyItem(atPath: before, toPath: after)
        let grown = try await SQLiteAuditStore(path: after)
        try await FullDiskCampaignTests.large.go(
            to: AuditLog(store: grown, origin: SampleLog.origin)
        )
        await grown.close()
        try FileManager.default.copyItem(atPath: before, toPath: path)
        // The same rows by hand. A cache of one page makes SQLite write into the file before the
        // commit.
        let raw = try RawDatabase(path)
        #expect(raw.run("ATTACH '\(after)' AS after; PRAGMA cache_size = 1; BEGIN") == nil)
        for table in ["entry", "node", "blob", "batch"] {
            let key = table == "blob" ? "digest" : table == "node" ? "idx" : "rowid"
            let sql = """
                INSERT INTO main.\(table) SELECT * FROM after.\(table) AS new
                WHERE NOT EXISTS (SELECT 1 FROM main.\(table) AS old WHERE old.\(key) = new.\(key))
                """
            #expect(raw.run(sql) == nil)
        }
        #expect(raw.run("REPLACE INTO main.ix_stream SELECT * FROM after.ix_stream") == nil)
        for suffix in ["", "-journal"] {
            try FileManager.default.copyItem(
                atPath: path + suffix,
                toPath: folder.path("torn.sqlite" + suffix)
            )
        }
        raw.run("ROLLBACK")
        return (try await Auditor(before), try await Auditor(after))
    }

    @Test func aLostOrBrokenJournalIsNeverSilent() async throws {
        let (before, after) = try await makeTornStore()
        let torn = try Data(contentsOf: URL(filePath: folder.path("torn.sqlite")))
        let journal = try [UInt8](
            Data(contentsOf: URL(filePath: folder.path("torn.sqlite-journal")))
        )
        // A record of the journal is a page, its number and a sum; the first stands at 512.
        let record = Damage.pageSize + 8
        let pages = (journal.count - 512) / record
        try #require(pages > 5)
        let campaign = Campaign("journals", "JOURNALS", share: 30, whole: 1000)
        var findings: [Finding: Int] = [:]
        var isWhole = 0
        for number in 0..<campaign.count {
            var random = SplitMix64(seed: campaign.seed(of: number))
            let name = "journal \(number), seed \(campaign.seed)"
            let found: [UInt8]? =
                switch number {
                case 0: nil
                case 1: []
                case 2: journal
                case 3: [UInt8](repeating: 0, count: journal.count)
                case 4: random.bytes(journal.count)
                case 5: Array(journal.prefix(511))
                case 6...pages + 6: Array(journal.prefix(512 + (number - 6) * record))
                default: Self.broken(journal, using: &random)
                }
            try torn.write(to: URL(filePath: path))
            try? FileManager.default.removeItem(atPath: path + "-journal")
            if let found { try Data(found).write(to: URL(filePath: path + "-journal")) }
            // As a service would open it; what is left of the journal is played back.
            let finding = await before.judge(path, access: .readWrite(create: false)).finding
            findings[finding, default: 0] += 1
            if number == 2 { #expect(finding == .identical, "an unharmed journal was not used") }
            guard finding == .silent else { continue }
            // All of the append without its journal is a commit, and may be one.
            let isAfter = await after.judge(path).finding == .identical
            #expect(isAfter, "\(name)")
            if isAfter { isWhole += 1 }
        }
        findings[.silent, default: 0] -= isWhole
        #expect(findings[.identical, default: 0] > 0 && findings[.told, default: 0] > 0)
        campaign.report(
            [
                "silent": findings[.silent, default: 0],
                "undone": findings[.identical, default: 0], "whole": isWhole,
                "refused": findings[.refused, default: 0], "told": findings[.told, default: 0],
                "found by a hash": findings[.hashed, default: 0],
            ],
            since: start
        )
    }

    /// A journal cut anywhere, or with some bytes changed.
    private static func broken(_ journal: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var journal = journal
        if Bool.random(using: &random) {
            journal.removeSubrange(Int.random(in: journal.indices, using: &random)...)
            return journal
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            // Half of them in the header, which is small.
            let end = Bool.random(using: &random) ? 28 : journal.count
            journal[Int.random(in: 0..<end, using: &random)] ^=
                UInt8.random(in: 1...255, using: &random)
        }
        return journal
    }
}
