// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

/// Disks, quotas and files that are full at one point after another.
@Suite(.serialized) struct FullDiskCampaignTests {
    private let folder: TemporaryFolder
    private let start = ContinuousClock.now

    init() throws { folder = try TemporaryFolder() }

    /// What became of appends that ran out of room.
    private struct Outcome: Codable {
        var full = 0
        var wentThrough = 0
        var halfWritten = 0
        var otherwise: [String: Int] = [:]
    }

    private func report(_ campaign: Campaign, _ outcome: Outcome) {
        let others = outcome.otherwise.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        campaign.report(
            [
                "refused as full": outcome.full, "went through": outcome.wentThrough,
                "refused otherwise\(others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")":
                    outcome.otherwise.values.reduce(0, +), "half written": outcome.halfWritten,
            ],
            since: start
        )
    }

    /// An append that needs some 220 pages.
    static let large: SampleLog.Append = {
        var append = SampleLog.append(1000)
        var random = SplitMix64(seed: 1000)
        append.load(40, of: 20_000, using: &random)
        return append
    }()

    /// Appends to the store at `path` while `tighten` leaves too little room, and once more when
    /// `release` has given it back, and expects the append to be in the log exactly once.
    private static func attempt(
        _ path: String,
        _ append: SampleLog.Append,
        _ outcome: inout Outcome,
        goesOn: Bool,
        _ name: Comment,
        opening: () async throws(AuditStoreError) -> SQLiteAuditStore,
        tighten: () throws -> Void,
        release: () throws -> Void
    ) async throws {
        let store = try await opening()
        var log = AuditLog(store: store, origin: SampleLog.origin)
        let head = try await log.head()
        try tighten()
        let refusal = await code { () throws(AuditStoreError) in try await append.go(to: log) }
        // Another process looks while there is no room yet.
        let seen = await Self.count(path)
        try release()
        do {
            if !goesOn {
                // As after a restart.
                let store = try await SQLiteAuditStore(path: path)
                log = AuditLog(store: store, origin: SampleLog.origin)
            }
            try await check(path, append, &outcome, after: head, refusal, seen: seen, log, name)
        } catch {
            Issue.record(error, name)
            throw error
        }
    }

    private static func check(
        _ path: String,
        _ append: SampleLog.Append,
        _ outcome: inout Outcome,
        after head: LogHead,
        _ refusal: AuditStoreError.Code?,
        seen: Int?,
        _ log: AuditLog,
        _ name: Comment
    ) async throws {
        let whole = head.size + append.events.count
        let held = try await SQLiteAuditStore(path: path).count()
        switch refusal {
        case nil: #expect(held == whole, name)
        case .unknownOutcome: #expect([head.size, whole].contains(held), name)
        default: #expect(held == head.size, name)
        }
        #expect(seen == held || seen == nil, name)
        if ![head.size, whole].contains(held) { outcome.halfWritten += 1 }
        switch refusal {
        case nil: outcome.wentThrough += 1
        case .full: outcome.full += 1
        case let code?: outcome.otherwise[code.rawValue, default: 0] += 1
        }
        if refusal != nil {
            let again = await code { () throws(AuditStoreError) in try await append.go(to: log) }
            #expect(again == (held == whole ? .duplicateKey : nil), name)
        }
        let after = try await SQLiteAuditStore(path: path, access: .readOnly)
        #expect(try await after.count() == whole, name)
        #expect(try await after.faults() == [], name)
        let report = try await AuditLog(store: after, origin: "").verify(against: [head])
        #expect(report.verdict == .anchored, name)
        for blob in append.blobs {
            #expect(try await after.blob(blob.digest) == blob, name)
        }
    }

    private static func count(_ path: String) async -> Int? {
        do throws(AuditStoreError) {
            return try await SQLiteAuditStore(path: path, access: .readOnly).count()
        } catch {
            return nil
        }
    }

    @Test func aFileThatMayNotGrowKeepsTheLogWhole() async throws {
        let campaign = Campaign("full-file", "FULL_FILES", share: 8, whole: 240)
        let base = folder.path("base.sqlite")
        try await SampleLog.make(at: base, count: 40)
        let pages = try Data(contentsOf: URL(filePath: base)).count / Damage.pageSize
        var outcome = Outcome()
        for number in 0..<campaign.count {
            let path = folder.path("store.sqlite")
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: base, toPath: path)
            // Spread over all points, whatever the count.
            let limit = pages + number * 240 / campaign.count
            try await Self.attempt(
                path,
                Self.large,
                &outcome,
                goesOn: false,
                "\(limit) pages",
                opening: { () throws(AuditStoreError) in
                    try await SQLiteAuditStore(
                        path: path,
                        synchronous: .off,
                        largestFileInPages: limit
                    )
                },
                tighten: {},
                release: {}
            )
        }
        #expect(outcome.otherwise == [:])
        #expect(outcome.full > 0 && outcome.wentThrough > 0)
        report(campaign, outcome)
    }

    // Only root may mount a small disk.
    @Test(.enabled(if: getuid() == 0, "a small disk can be mounted by root only"))
    func aFullDiskKeepsTheLogWhole() async throws {
        let campaign = Campaign("full-disk", "FULL_DISKS", share: 12, whole: 260)
        let base = folder.path("base.sqlite")
        try await SampleLog.make(at: base, count: 40)
        let disk = folder.path("disk")
        mkdir(disk, 0o700)
        guard mount("tmpfs", disk, "tmpfs", 0, "size=4m") == 0 else {
            print("left out: nothing can be mounted here: \(String(cString: strerror(errno)))")
            return
        }
        defer { umount2(disk, Int32(MNT_DETACH)) }
        var outcome = Outcome()
        for number in 0..<campaign.count {
            let point = number * 260 / campaign.count
            let path = disk + "/store.sqlite"
            for file in try FileManager.default.contentsOfDirectory(atPath: disk) {
                try FileManager.default.removeItem(atPath: disk + "/" + file)
            }
            try FileManager.default.copyItem(atPath: base, toPath: path)
            if point % 3 == 1 {
                // A journal that exists already has room of its own.
                let store = try await SQLiteAuditStore(path: path)
                try await SampleLog.append(900).go(to: AuditLog(store: store, origin: ""))
            }
            let ballast = disk + "/ballast"
            try await Self.attempt(
                path,
                Self.large,
                &outcome,
                goesOn: point.isMultiple(of: 2),
                "\(point) pages left",
                opening: { () throws(AuditStoreError) in try await SQLiteAuditStore(path: path) },
                tighten: { try Self.fill(ballast, leaving: point) },
                release: { try Self.empty(ballast) }
            )
        }
        #expect(outcome.otherwise == [:])
        #expect(outcome.full > 0 && outcome.wentThrough > 0)
        report(campaign, outcome)
    }

    /// Makes a file at `path` that leaves `pages` pages of its file system.
    private static func fill(_ path: String, leaving pages: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var status = statvfs()
        try #require(fstatvfs(descriptor, &status) == 0)
        let room = Int(status.f_bavail) * Int(status.f_frsize) - pages * Damage.pageSize
        try #require(room > 0 && posix_fallocate(descriptor, 0, room) == 0)
    }

    /// Gives the room back, also where a process that another test started holds the file open.
    private static func empty(_ path: String) throws {
        try #require(truncate(path, 0) == 0)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func aLimitOnFilesKeepsTheLogWhole() async throws {
        let campaign = Campaign("file-size-limit", "FILE_LIMITS", share: 24, whole: 400)
        let path = folder.path("store.sqlite")
        let result = folder.path("result")
        // In a process of its own, because the limit holds for the whole process. It is reached
        // in the middle of a page too, in the journal, and while undoing.
        await #expect(processExitsWith: .success) {
            [campaign = campaign as Campaign, path = path as String, result = result as String] in
            signal(SIGXFSZ, SIG_IGN)
            var outcome = Outcome()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let unlimited = limit.rlim_cur
            func restrict(_ size: rlim_t) {
                limit.rlim_cur = size
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            }
            var store = try await SQLiteAuditStore(path: path, synchronous: .off)
            try await SampleLog.append(0).go(to: AuditLog(store: store, origin: SampleLog.origin))
            for number in 0..<campaign.count {
                var random = SplitMix64(seed: campaign.seed(of: number))
                let size = try Data(contentsOf: URL(filePath: path)).count
                // Below the size of the file, what was written cannot be undone either.
                let rooms = number % 4 == 0 ? 0...size : size...size + 20_000
                let room = Int.random(in: rooms, using: &random)
                // Half of the time the same connection goes on, as a service's would.
                if number % 8 < 4 {
                    store = try await SQLiteAuditStore(path: path, synchronous: .off)
                }
                try await Self.attempt(
                    path,
                    SampleLog.append(number + 1),
                    &outcome,
                    goesOn: true,
                    "\(room) of \(size) bytes, case \(number), seed \(campaign.seed)",
                    opening: { [store] () throws(AuditStoreError) in store },
                    tighten: { restrict(rlim_t(room)) },
                    release: { restrict(unlimited) }
                )
            }
            try JSONEncoder().encode(outcome).write(to: URL(filePath: result))
        }
        let outcome = try JSONDecoder().decode(
            Outcome.self,
            from: Data(contentsOf: URL(filePath: result))
        )
        // The limit may also keep the connection from undoing and looking; and SQLite forgets why
        // a journal could not be written if it closes it at once, which is rare.
        let codes = ["store-unknown-outcome", "store-unavailable"]
        #expect(Set(outcome.otherwise.keys).isSubset(of: codes))
        #expect(outcome.otherwise["store-unavailable", default: 0] <= 1 + campaign.count / 100)
        #expect(outcome.full > 0 && outcome.wentThrough > 0)
        report(campaign, outcome)
    }
}
