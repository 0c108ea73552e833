// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct ThresholdLengthTests {
    /// A long line is read in pieces: nothing in it is dropped, wherever it stands.
    @Test(arguments: [". ", " ", "é"])
    func aLongLineStatesItsThresholds(fill: String) throws {
        let filler = "nothing" + fill
        let long = String(repeating: filler, count: 2000)
        let page =
            "# T\n## Success Metrics\n\(long). Error rate < 2%. \(long). Latency p95 < 300 ms.\n"
        let thresholds = try read(page).thresholds
        #expect(thresholds.map(\.line) == [3, 3])
        #expect(thresholds.map(\.phrase.bound.description) == ["< 2%", "< 300ms"])
    }
}
