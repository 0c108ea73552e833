// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Foundation
import Testing

/// Judges many damaged copies of one file, in processes of their own: a crash or a hang ends one
/// of them, and the case that it had noted is named.
struct Sweep: Codable, Sendable {
    let campaign: Campaign
    let damage: Damage
    let folder: String

    private static let processes = 2
    /// No case takes a second; one that takes this long hangs.
    private static let patienceInSeconds: UInt32 = 30

    struct Result: Codable, Sendable {
        var findings: [Finding: Int] = [:]
        /// How many processes died.
        var crashes = 0
        /// Damage that nothing told of, by case.
        var silent: [String] = []
        /// Refusals under a code that is not that of a damaged or foreign file.
        var misnamed: [String] = []

        subscript(finding: Finding) -> Int { findings[finding, default: 0] }
    }

    private var whole: String { folder + "/whole.sqlite" }

    /// Makes the file of `entries` entries, damages it as often as the campaign says, and expects
    /// that no process dies, nothing differs silently, and every refusal has its code.
    static func run(
        _ campaign: Campaign,
        _ damage: Damage,
        entries: Int,
        in folder: TemporaryFolder
    ) async throws -> Result {
        let sweep = Sweep(campaign: campaign, damage: damage, folder: folder.url.path)
        try await SampleLog.make(at: sweep.whole, count: entries)
        try await SampleLog.make(at: sweep.folder + "/other.sqlite", count: entries, writer: 1)
        await withTaskGroup { group in
            for part in 0..<processes { group.addTask { await sweep.runInAnotherProcess(part) } }
        }
        var result = Result()
        for part in 0..<processes {
            guard let data = FileManager.default.contents(atPath: sweep.file("result", part)) else {
                let last = FileManager.default.contents(atPath: sweep.file("case", part)) ?? Data()
                result.crashes += 1
                Issue.record(
                    "died of \(String(decoding: last, as: UTF8.self)), seed \(campaign.seed)"
                )
                continue
            }
            let found = try JSONDecoder().decode(Result.self, from: data)
            result.findings.merge(found.findings, uniquingKeysWith: +)
            result.silent += found.silent
            result.misnamed += found.misnamed
        }
        #expect(result.silent == [], "seed \(campaign.seed)")
        #expect(result.misnamed == [], "seed \(campaign.seed)")
        return result
    }

    private func file(_ kind: String, _ part: Int) -> String { "\(folder)/\(kind)-\(part)" }

    private func runInAnotherProcess(_ part: Int) async {
        await #expect(processExitsWith: .success) {
            [sweep = self as Sweep, part = part as Int] in
            try await sweep.work(part)
        }
    }

    private func work(_ part: Int) async throws {
        let auditor = try await Auditor(whole)
        let original = try [UInt8](Data(contentsOf: URL(filePath: whole)))
        let other = try [UInt8](Data(contentsOf: URL(filePath: folder + "/other.sqlite")))
        let path = file("damaged", part)
        var result = Result()
        for number in stride(from: part, to: campaign.count, by: Self.processes) {
            var random = SplitMix64(seed: campaign.seed(of: number))
            var bytes = original
            let place = damage.apply(to: &bytes, other: other, number, using: &random)
            let name = "case \(number), \(place)"
            try Data(name.utf8).write(to: URL(filePath: file("case", part)))
            try Data(bytes).write(to: URL(filePath: path))
            alarm(Self.patienceInSeconds)
            let (finding, code) = await auditor.judge(path)
            result.findings[finding, default: 0] += 1
            if finding == .silent { result.silent.append(name) }
            let expected: [AuditStoreError.Code?] = [
                nil, .damaged, .notAStore, .newerVersion, .unavailable,
            ]
            if !expected.contains(code) {
                result.misnamed.append("\(name): \(code?.rawValue ?? "")")
            }
        }
        alarm(0)
        try JSONEncoder().encode(result).write(to: URL(filePath: file("result", part)))
    }
}
