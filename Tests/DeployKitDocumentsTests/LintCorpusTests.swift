// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Testing

/// The rules on real checklists, where they are at hand.
@Suite struct LintCorpusTests {
    private static let rules: Set<String> = [
        "ratio-mismatch", "label-mismatch", "division-by-zero", "counter-birth",
        "severity-mismatch", "threshold-conflict", "metric-naming",
    ]

    private static let examples: URL? = ChecklistCorpusTests.folder?.deletingLastPathComponent()
        .appendingPathComponent("examples-in-the-wild")

    /// The findings of a document as `line rule`, one rule a line.
    private static func findings(_ file: URL) throws -> [String] {
        let document = try ChecklistDocument(markdown: Array(try Data(contentsOf: file)))
        let all = document.findings.filter { rules.contains($0.rule) }
            .map { "\($0.line) \($0.rule)" }
        return all.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    /// Two states of one document: where each of its contradictions stands.
    @Test(arguments: [
        (
            "order-email.md",
            [
                "368 threshold-conflict", "475 metric-naming", "483 metric-naming",
                "501 metric-naming", "523 division-by-zero", "523 label-mismatch",
                "523 metric-naming", "523 ratio-mismatch", "526 severity-mismatch",
                "532 counter-birth", "544 severity-mismatch",
            ]
        ),
        (
            "order-email-reformatted.md",
            [
                "936 threshold-conflict", "1050 metric-naming", "1060 metric-naming",
                "1082 metric-naming", "1106 division-by-zero", "1106 label-mismatch",
                "1106 metric-naming", "1106 ratio-mismatch", "1109 severity-mismatch",
                "1115 counter-birth", "1127 severity-mismatch",
            ]
        ),
    ])
    func theContradictionsAreFoundOnTheirLines(_ name: String, _ expected: [String]) throws {
        guard let file = Self.examples?.appendingPathComponent(name),
            FileManager.default.fileExists(atPath: file.path)
        else {
            print("examples absent: \(name) is not held to the rules")
            return
        }
        #expect(try Self.findings(file) == expected)
    }

    /// No other document is refused for one of these rules; what they warn of is printed.
    @Test func noOtherDocumentHasAnErrorOfTheseRules() throws {
        guard let corpus = ChecklistCorpusTests.folder, let examples = Self.examples else {
            print("corpus absent: false alarms are not counted")
            return
        }
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        var (files, counts) = (0, [String: Int]())
        for folder in [corpus, examples] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(".md") }.sorted()
            for (index, name) in names.enumerated()
            where isWhole || folder == examples || index % 12 == 5 {
                let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
                // The corpus holds the two states above as well.
                if String(decoding: bytes, as: UTF8.self).contains("EmailDeliveryFailureRateHigh") {
                    continue
                }
                files += 1
                for finding in try ChecklistDocument(markdown: bytes).findings {
                    counts[finding.rule, default: 0] += 1
                    guard Self.rules.contains(finding.rule) else { continue }
                    #expect(finding.severity != .error, "\(name):\(finding.line) \(finding.rule)")
                }
            }
        }
        let sum = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print("lint: \(files) documents: \(sum.joined(separator: ", "))")
    }
}
