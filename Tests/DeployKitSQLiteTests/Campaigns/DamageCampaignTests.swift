// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Testing

/// Files that are not as they were, judged as an auditor would judge them.
@Suite(.serialized) struct DamageCampaignTests {
    private let folder: TemporaryFolder
    private let start = ContinuousClock.now

    init() throws { folder = try TemporaryFolder() }

    private func report(_ campaign: Campaign, _ result: Sweep.Result) {
        campaign.report(
            [
                "crashed": result.crashes, "silent": result[.silent], "refused": result[.refused],
                "told": result[.told], "found by a hash": result[.hashed],
                "identical": result[.identical],
            ],
            since: start
        )
    }

    @Test func aFlippedByteIsNeverSilent() async throws {
        let campaign = Campaign("byte-flips", "FLIPS", share: 60, whole: 10_000)
        let result = try await Sweep.run(campaign, .byte, entries: 500, in: folder)
        report(campaign, result)
        // The sample reaches every kind of place.
        for finding in [Finding.told, .hashed, .identical] {
            #expect(result[finding] > 0, "\(finding)")
        }
    }

    @Test func aFileCutAtAnyPageIsNeverTakenForWhole() async throws {
        let path = folder.path("size.sqlite")
        try await SampleLog.make(at: path, count: 500)
        let size = try Data(contentsOf: URL(filePath: path)).count
        // Three cuts at each page; the last page's first cut is no cut. All of them always.
        let cuts = size / Damage.pageSize * 3
        let campaign = Campaign("truncations", "CUTS", share: cuts, whole: cuts)
        let result = try await Sweep.run(campaign, .cut, entries: 500, in: folder)
        report(campaign, result)
        #expect(result[.identical] == 0)
    }

    @Test func aRestructuredFileIsNeverSilent() async throws {
        let campaign = Campaign("structures", "STRUCTURES", share: 60, whole: 2_000)
        let result = try await Sweep.run(campaign, .structure, entries: 500, in: folder)
        report(campaign, result)
        #expect(result[.refused] > 0 && result[.told] > 0)
    }
}
