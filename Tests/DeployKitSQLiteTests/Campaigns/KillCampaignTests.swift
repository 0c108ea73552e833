// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

/// Processes that append and are killed at random moments, while opening, appending or undoing
/// what an earlier one left behind.
@Suite(.serialized) struct KillCampaignTests {
    private let folder: TemporaryFolder
    private let start = ContinuousClock.now

    init() throws { folder = try TemporaryFolder() }

    /// How many processes one store is killed under, before the next store begins.
    private static let killsOfOneStore = 10

    /// What was acknowledged of one store, by all its processes so far.
    private struct Promises {
        var heads: [LogHead] = []
        /// The next append, and where it goes.
        var next = 1
        var end = 0
    }

    /// What the kills led to.
    private struct Outcome {
        var acknowledged = 0
        var lost = 0
        var faults = 0
        var undone = 0
        var unasked = 0
        var unmade = 0
    }

    @Test func nothingAcknowledgedIsLost() async throws {
        let campaign = Campaign("kills", "STORE_KILLS", share: 8, whole: 1000)
        var outcome = Outcome()
        var promises = Promises()
        for number in 0..<campaign.count {
            if number.isMultiple(of: Self.killsOfOneStore) { promises = Promises() }
            let path = folder.path("store-\(number / Self.killsOfOneStore).sqlite")
            var random = SplitMix64(seed: campaign.seed(of: number))
            let delay = Duration.microseconds(Int.random(in: 0...150_000, using: &random))
            let name: Comment = "kill \(number) after \(delay), seed \(campaign.seed)"
            let lines = try await Self.appendUntilKilled(
                path,
                pipe: folder.path("pipe-\(number)"),
                from: promises.next,
                after: delay
            )
            for line in lines {
                promises.heads.append(try Self.head(in: line))
                promises.next += 1
            }
            outcome.acknowledged += lines.count
            promises.end = max(promises.end, promises.heads.last?.size ?? 0)
            if FileManager.default.fileExists(atPath: path) {
                do {
                    try await Self.check(path, &promises, &outcome, name)
                } catch {
                    Issue.record(error, name)
                    return
                }
            } else {
                #expect(promises.heads == [], name)
                outcome.unmade += 1
            }
        }
        #expect(outcome.acknowledged > campaign.count)
        campaign.report(
            [
                "acknowledged appends": outcome.acknowledged, "lost": outcome.lost,
                "gaps or other faults": outcome.faults,
                "whole but not acknowledged": outcome.unasked,
                "unfinished and undone": outcome.undone,
                "killed before there was a store": outcome.unmade,
            ],
            since: start
        )
    }

    /// Expects all that was promised, and notes what the next process finds.
    private static func check(
        _ path: String,
        _ promises: inout Promises,
        _ outcome: inout Outcome,
        _ name: Comment
    ) async throws {
        let readOnly = await code { () throws(AuditStoreError) in
            _ = try await SQLiteAuditStore(path: path, access: .readOnly)
        }
        if readOnly == .readOnly { outcome.undone += 1 }
        let store = try await SQLiteAuditStore(path: path)
        let log = AuditLog(store: store, origin: SampleLog.origin)
        let report = try await log.verify(against: promises.heads)
        let faults = try await store.faults() + report.faults.map(\.message)
        #expect(faults == [], name)
        #expect(report.confirmed == promises.heads, name)
        outcome.faults += faults.count
        outcome.lost += promises.heads.count - report.confirmed.count
        let size = try await store.count()
        // An append that was not acknowledged is there whole or not at all; the first one brings
        // the entry along that names the log.
        let next = SampleLog.append(promises.next).events.count + (promises.end == 0 ? 1 : 0)
        #expect(size == promises.end || size == promises.end + next, name)
        if size > promises.end {
            outcome.unasked += 1
            promises.next += 1
        }
        if let last = promises.heads.last {
            try await expectConsistency(of: log, from: last, to: report.head, name)
        }
        let entries = try await log.entries(in: 0..<size).filter { $0.kind == "sample" }
        let bodies = (1..<promises.next).flatMap { SampleLog.append($0).events.map(\.body) }
        #expect(entries.map { $0.body["event"] ?? $0.body } == bodies, name)
        promises.end = size
    }

    /// A line is the size and the root of the head that an append was acknowledged with.
    private static func head(in line: Substring) throws -> LogHead {
        let parts = line.split(separator: " ")
        return LogHead(
            origin: SampleLog.origin,
            size: try #require(parts.first.flatMap { Int($0) }),
            root: try #require(parts.last.flatMap { Digest(hex: String($0)) })
        )
    }

    /// Lets another process append to the store at `path`, and kills it.
    ///
    /// - Returns: What it wrote into `pipe` until then, a line for each append that returned.
    private static func appendUntilKilled(
        _ path: String,
        pipe: String,
        from first: Int,
        after delay: Duration
    ) async throws -> [Substring] {
        try #require(mkfifo(pipe, 0o600) == 0)
        let reading = open(pipe, O_RDONLY | O_NONBLOCK)
        try #require(reading >= 0)
        // Closed before a throw waits for the other process, which then ends at its next line.
        async let end: Void = append(path, pipe: pipe, from: first)
        var text: [UInt8] = []
        func read() {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = Glibc.read(reading, &buffer, buffer.count)
            text += buffer.prefix(max(0, count))
        }
        // Only a process that never begins takes so long, also on a busy machine.
        let deadline = ContinuousClock.now + .seconds(300)
        while !text.contains(UInt8(ascii: "\n")), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
            read()
        }
        let process = String(decoding: text, as: UTF8.self).split(separator: "\n").first
            .flatMap { pid_t($0) }
        guard let process else {
            close(reading)
            return try #require(nil as [Substring]?, "the other process did not tell its number")
        }
        try await Task.sleep(for: delay)
        kill(process, SIGKILL)
        await end
        read()
        close(reading)
        // The kill can cut the last line only if the pipe was full; then it is no acknowledgement.
        let whole = text.prefix(through: text.lastIndex(of: UInt8(ascii: "\n")) ?? 0)
        return String(decoding: whole, as: UTF8.self).split(separator: "\n").dropFirst().map(\.self)
    }

    private static func append(_ path: String, pipe: String, from first: Int) async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, pipe = pipe as String, first = first as Int] in
            let writing = open(pipe, O_WRONLY)
            func write(_ line: String) {
                let bytes = Array("\(line)\n".utf8)
                precondition(Glibc.write(writing, bytes, bytes.count) == bytes.count)
            }
            write("\(getpid())")
            let store = try await SQLiteAuditStore(path: path)
            let log = AuditLog(store: store, origin: SampleLog.origin)
            for number in first... {
                var append = SampleLog.append(number)
                // A hundred pages take a while to write, and a kill can come between them.
                if number.isMultiple(of: 2) {
                    var random = SplitMix64(seed: UInt64(number))
                    append.load(20, of: 20_000, using: &random)
                }
                let receipt = try await append.go(to: log)
                write("\(receipt.head.size) \(receipt.head.root)")
            }
        }
    }
}
