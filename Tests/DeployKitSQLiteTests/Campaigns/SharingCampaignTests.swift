// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Foundation
import Testing

/// Processes that append to one file at once.
@Suite struct SharingCampaignTests {
    private let folder: TemporaryFolder
    private let start = ContinuousClock.now
    private static let processes = 8

    init() throws { folder = try TemporaryFolder() }

    @Test func everyHeadThatAnyProcessWasGivenIsOneOfTheLog() async throws {
        let campaign = Campaign("sharing", "APPENDS", share: 4, whole: 500)
        let path = folder.path("store.sqlite")
        await withTaskGroup { group in
            for writer in 1...Self.processes {
                let receipts = folder.path("receipts-\(writer)")
                group.addTask {
                    await Self.append(path, writer, campaign.count, receipts: receipts)
                }
            }
        }
        let store = try await SQLiteAuditStore(path: path, access: .readOnly)
        let log = AuditLog(store: store, origin: SampleLog.origin)
        let size = try await store.count()
        var heads: [LogHead] = []
        for writer in 1...Self.processes {
            let lines = try String(
                contentsOfFile: folder.path("receipts-\(writer)"),
                encoding: .utf8
            )
            for line in lines.split(separator: "\n") {
                heads.append(try LogHead(json: JSONValue(canonical: Array(line.utf8))))
            }
        }
        let appends = Self.processes * campaign.count
        #expect(heads.count == appends)
        // One entry each, behind the one that names the log: no gap, no duplicate.
        #expect(heads.map(\.size).sorted() == Array(2...appends + 1))
        #expect(size == appends + 1)
        #expect(try await store.faults() == [])
        let report = try await log.verify(against: heads)
        #expect(report.faults == [])
        #expect(report.contradicted == [])
        for head in heads {
            try await expectConsistency(
                of: log,
                from: head,
                to: report.head,
                "head of \(head.size) entries"
            )
        }
        for writer in 1...Self.processes {
            let own = try await log.entries(of: StreamID("writer/\(writer)"))
            let numbers = own.map { $0.body["number"]?.integer }
            #expect(numbers == (0..<campaign.count).filter { $0 % 4 != 0 }.map(Int64.init))
        }
        campaign.report(
            [
                "processes": Self.processes, "entries": size - 1,
                "gaps": Set(2...appends + 1).subtracting(heads.map(\.size)).count,
                "duplicates": heads.count - Set(heads.map(\.size)).count,
                "consistent heads": report.confirmed.count,
            ],
            since: start
        )
    }

    /// Appends `count` entries, every fourth one to a stream that all share.
    private static func append(
        _ path: String,
        _ writer: Int,
        _ count: Int,
        receipts: String
    ) async {
        await #expect(processExitsWith: .success) {
            [
                path = path as String, writer = writer as Int, count = count as Int,
                receipts = receipts as String
            ] in
            let store = try await SQLiteAuditStore(path: path, busyTimeout: .seconds(60))
            let log = AuditLog(store: store, origin: SampleLog.origin)
            var lines: [UInt8] = []
            for number in 0..<count {
                let stream = StreamID(number % 4 == 0 ? "shared/all" : "writer/\(writer)")
                var append = SampleLog.append(number, of: writer)
                append.events = [
                    NewEntry(
                        stream: stream,
                        kind: "sample",
                        body: .members([
                            "number": number.json,
                            "blobs": .array(append.blobs.map(\.digest.json)),
                        ])
                    )
                ]
                lines += try await append.go(to: log).head.json.canonicalBytes
                lines.append(UInt8(ascii: "\n"))
            }
            try Data(lines).write(to: URL(filePath: receipts))
        }
    }
}
