// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import DeployKitDocuments

/// What a page declares of its rollback.
@Suite struct RollbackDeclarationTests {
    private static let page = """
        # Orders

        ## Phase 1: Deploy

        - [ ] Switch traffic <!-- deploykit: id=switch kind=command effect=reversible suite=smoke -->

          ```bash
          ./switch on
          ```

        ## Rollback plan

        ### When to roll back

        - The smoke suite fails <!-- deploykit: suite=smoke level=stop trigger=automatic -->
        - The switch fails <!-- deploykit: item=switch -->

        ### Level 1: Stop (low impact)
        <!-- deploykit: id=stop -->

        1. Switch off <!-- deploykit: kind=command effect=idempotent compensates=switch timeout=5s when="tier=test" inherit=REGION -->

           ```bash
           ./switch off
           ```

        2. Tell support
        3. Nobody answers <!-- deploykit: kind=probe verification=true -->

           ```http
           GET http://127.0.0.1:9/healthz
           ```

        """

    private func faults(_ old: String, _ new: String) -> [DocumentError.Fault] {
        do {
            _ = try ChecklistDocument(markdown: Array(Self.page.replacing(old, with: new).utf8))
            return []
        } catch {
            return error.faults
        }
    }

    @Test func whatIsDeclaredHasItsEffect() throws {
        let plan = try #require(
            try ChecklistDocument(markdown: Array(Self.page.utf8)).checklist.rollbackPlan
        )
        let level = try #require(plan.level("stop"))
        #expect(level.impact == .low && level.number == 1)
        #expect(
            level.steps == [
                RollbackStep(
                    title: "Switch off",
                    command: .shell("./switch off"),
                    effect: .idempotent,
                    compensates: "switch",
                    when: Condition("tier=test"),
                    timeout: .seconds(5),
                    inherits: ["REGION"]
                ),
                RollbackStep(title: "Tell support"),
            ]
        )
        #expect(level.verification.map(\.probe) == [.get("http://127.0.0.1:9/healthz")])
        #expect(plan.triggers.map(\.policy) == [.automatic, .proposed])
        #expect(plan.triggers.map(\.suite) == ["smoke", nil])
        #expect(plan.triggers.map(\.item) == [nil, "switch"])
        #expect(plan.triggers.map(\.level) == ["stop", nil])
    }

    @Test(arguments: [
        ("suite=smoke level", "suite=smoek level", "'smoek'"),
        ("level=stop", "level=stopp", "'stopp'"),
        ("item=switch -->", "item=swich -->", "'swich'"),
        ("item=switch -->", "metric=latency -->", "'latency'"),
        ("compensates=switch", "compensates=swich", "'swich'"),
        (" effect=idempotent compensates", " compensates", "effect="),
        ("kind=command effect=idempotent", "kind=capture effect=idempotent", "no kind of a step"),
        ("kind=probe verification", "kind=probe effect=none verification", "'effect'"),
        ("trigger=automatic", "trigger=sometimes", "'sometimes'"),
        ("timeout=5s", "concurrency=5", "'concurrency'"),
        ("1. Switch off", "1. If SMS is enabled: switch off", "a person's to decide"),
    ])
    func whatHasNoEffectIsRefused(_ old: String, _ new: String, _ expected: String) {
        let found = faults(old, new)
        #expect(found.contains { $0.message.contains(expected) }, "\(found)")
    }

    @Test func theAnnotatedPageAndTheDeclaredPageSayTheSame() throws {
        let read = try ChecklistDocument(markdown: Array(Self.page.utf8)).checklist
        let copy = try Annotation(of: Array(Self.page.utf8))
        #expect(
            try ChecklistDocument(markdown: copy.bytes).checklist.rollbackPlan == read.rollbackPlan
        )
        let declared = try ChecklistPage(of: read)
        #expect(try ChecklistDocument(markdown: declared.bytes).checklist == read)
        #expect(try Checklist(json: read.json) == read)
    }

    @Test(arguments: [
        ("completed(testnet)", [GateCondition.completed(environment: "testnet", within: nil)]),
        (
            "completed(testnet, 7d) rehearsed(stop, staging, 30d)",
            [
                .completed(environment: "testnet", within: .days(7)),
                .rehearsed("stop", environment: "staging", within: .days(30)),
            ]
        ),
    ])
    func aGateMayAskForARehearsal(_ text: String, _ conditions: [GateCondition]) throws {
        let heading = "## Phase 1: Deploy\n"
        let page = Self.page.replacing(
            heading,
            with: "\(heading)<!-- deploykit: gate=\"\(text)\" -->\n"
        )
        let phases = try ChecklistDocument(markdown: Array(page.utf8)).checklist.phases
        #expect(phases.first?.conditions == conditions)
        for condition in conditions {
            #expect(try GateCondition(json: condition.json) == condition)
        }
    }

    @Test(arguments: ["rehearsed(stop)", "completed()", "completed(a,b,c)", "rehearsed(a,b) x"])
    func aGateThatIsNoneIsRefused(_ text: String) {
        let heading = "## Phase 1: Deploy\n"
        let found = faults(heading, "\(heading)<!-- deploykit: gate=\"\(text)\" -->\n")
        #expect(found.contains { $0.message.contains("'gate'") }, "\(found)")
    }

    @Test func signaturesMayGuardALevel() throws {
        let page =
            Self.page
            + "## Rollback approval\n<!-- deploykit: gate=rollback/stop -->\n\n- [ ] On-call: ____ Date: ____\n"
        let slots = try ChecklistDocument(markdown: Array(page.utf8)).checklist.signOffSlots
        #expect(slots.map(\.gate) == [.rollback("stop")])
        let other = page.replacing("rollback/stop", with: "rollback/stopp")
        #expect(throws: DocumentError.self) { try ChecklistDocument(markdown: Array(other.utf8)) }
    }
}
