// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Testing

@testable import DeployKitDocuments

/// What a page declares of its metrics.
@Suite struct MetricDeclarationTests {
    private static let page = """
        # Orders

        ## Deploy

        - [ ] Deploy it

        ## Success metrics

        1. **Delivery rate** <!-- deploykit: id=delivery part=sent_total others=failed_total for=5m window=1m samples=50 nodata=breach -->
           - Target: >95%
           - Critical: <80%
        2. **Latency** <!-- deploykit: role=scored(3) consecutive=3 keep=10m -->
           - Target: <300ms

        ## Rollback plan

        ### When to roll back

        - Delivery is critical <!-- deploykit: metric=delivery -->

        ### Stop it

        1. Stop
        """

    @Test func aTableHasABandInEachColumn() throws {
        let page = """
            # Orders

            ## Deploy

            - [ ] Deploy it

            ## Success metrics

            | Metric | Target | Warning | Critical |
            |---|---|---|---|
            | Mail sent | > 95% | < 90% | < 80% |
            """
        let document = try ChecklistDocument(markdown: Array(page.utf8))
        let metric = try #require(document.checklist.metrics.first)
        #expect(document.checklist.metrics.count == 1)
        #expect(metric.bands.target == (try Bound("> 95%")))
        #expect(metric.bands.warning == (try Bound("< 90%")))
        #expect(metric.bands.critical == (try Bound("< 80%")))
        #expect(!document.findings.contains { $0.rule == "threshold-conflict" })
    }

    private func checklist(_ old: String = "", _ new: String = "") throws -> Checklist {
        let text = old.isEmpty ? Self.page : Self.page.replacing(old, with: new)
        return try ChecklistDocument(markdown: Array(text.utf8)).checklist
    }

    @Test func everyDeclarationHasItsEffect() throws {
        let checklist = try checklist()
        let delivery = try #require(checklist.metrics.first { $0.id == "delivery" })
        #expect(delivery.title == "Delivery rate")
        #expect(
            delivery.aggregation == .ratio(RatioTerms("sent_total", .others("failed_total")))
        )
        #expect(delivery.sustain == (try Sustain(.lasting(.minutes(5), gap: .reset))))
        #expect(delivery.window == .minutes(1) && delivery.minimumSamples == 50)
        #expect(delivery.noData.absent == .breach && delivery.noData.tooFew == .breach)
        let latency = try #require(checklist.metrics.first { $0.id == "latency" })
        #expect(latency.role == .scored(3))
        #expect(latency.sustain == (try Sustain(.consecutive(3), keepFor: .minutes(10))))
        #expect(checklist.metrics.count == 2)
        #expect(checklist.rollbackPlan?.triggers.first?.metric == "delivery")
    }

    @Test(arguments: [
        ("others=failed_total ", "", "one of 'whole' and 'others'"),
        ("part=sent_total ", "", "needs 'part'"),
        ("role=scored(3)", "role=boss", "'boss'"),
        ("consecutive=3", "consecutive=3 for=5m", "two rules"),
        ("role=scored(3)", "part=a whole=b", "no part of a whole"),
        ("id=delivery", "id=latency", "taken already"),
        ("role=scored(3)", "timeout=5m", "'timeout'"),
        ("metric=delivery", "metric=deliveries", "no such metric"),
    ])
    func whatIsNoDeclarationOfAMetricIsRefused(
        _ old: String,
        _ new: String,
        _ expected: String
    ) {
        let error = #expect(throws: DocumentError.self) { try checklist(old, new) }
        let messages = error?.faults.map(\.message) ?? []
        #expect(messages.contains { $0.contains(expected) }, "\(messages)")
    }

    @Test func whatWasDeclaredSurvivesAnAnnotation() throws {
        let copy = try Annotation(of: Array(Self.page.utf8))
        let again = try ChecklistDocument(markdown: copy.bytes).checklist
        #expect(again.metrics == (try checklist().metrics))
    }

    /// The page of the example: each trigger of its plan names something that can fire it.
    @Test func theTriggersOfTheExampleMatchItsMetrics() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples/token-vesting/DEPLOYMENT_CHECKLIST.md")
        let bytes = Array(try Data(contentsOf: path))
        let checklist = try ChecklistDocument(markdown: bytes).checklist
        let plan = try #require(checklist.rollbackPlan)
        #expect(plan.triggers.first?.metric == "claim-success-rate")
        #expect(!checklist.findings().map(\.rule).contains(.triggerWithoutMetric))
    }
}
