// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What `gate=` below the heading of a phase declares.
@Suite struct GateDeclarationTests {
    static func page(_ gate: String) -> String {
        "# Mill\n## Grind\n- [ ] a\n## Sell <!-- deploykit: gate=\"\(gate)\" -->\n- [ ] b\n"
    }

    static let sell = GateID.phase("sell")

    @Test(
        arguments: [
            ("deadline(2d)", GatePolicy(gate: sell, deadline: .days(2))),
            (
                "deadline(90m, reject)",
                GatePolicy(gate: sell, deadline: .minutes(90), atDeadline: .reject)
            ),
            (
                "completed(testnet,7d); deadline(1h,escalate Release Manager); break-glass(SRE, CTO)",
                GatePolicy(
                    gate: sell,
                    deadline: .hours(1),
                    atDeadline: .escalate(["Release Manager"]),
                    breakGlassRoles: ["SRE", "CTO"]
                )
            ),
            ("break-glass(SRE)", GatePolicy(gate: sell, breakGlassRoles: ["SRE"])),
        ]
    )
    func aPolicyIsDeclared(gate: String, policy: GatePolicy) throws {
        let checklist = try ChecklistDocument(markdown: Array(Self.page(gate).utf8)).checklist
        #expect(checklist.gatePolicies == [policy])
        let conditions = checklist.phases.last?.conditions ?? []
        #expect(conditions.isEmpty == !gate.hasPrefix("completed"))
        // The page that is written of it says the same.
        let read = try ChecklistDocument(markdown: ChecklistPage(of: checklist).bytes).checklist
        #expect(read.hash == checklist.hash)
    }

    @Test(
        arguments: [
            "deadline()", "deadline(soon)", "deadline(2d,approve)", "deadline(2d); deadline(3d)",
            "deadline(2d,escalate )", "break-glass()", "break-glass", "completed(a); completed(b",
            "deadline(2d", "vote(2)", "deadline(1ms)",
        ]
    )
    func whatIsNoPartOfAGateIsRefusedWithItsLine(gate: String) {
        #expect {
            _ = try ChecklistDocument(markdown: Array(Self.page(gate).utf8))
        } throws: { error in
            (error as? DocumentError)?.faults.map(\.line) == [4]
        }
    }
}

/// What `gate=` above signatures declares for the gate that they open.
@Suite struct SignedGateTests {
    private static func page(_ declared: String, _ below: String = "") -> String {
        "# Mill\n## Grind\n- [ ] a\n## Sign-Off\n<!-- deploykit: \(declared) -->\n\n"
            + "- [ ] **QA Lead**: ____ Date: ____\n" + below
    }

    private func faults(_ page: String) -> [String] {
        do {
            _ = try ChecklistDocument(markdown: Array(page.utf8))
            return []
        } catch {
            return error.faults.map { "\($0.line): \($0.message)" }
        }
    }

    @Test(
        arguments: [
            ("gate=\"deadline(2d)\"", GateID.completion, .expire),
            ("gate=\"deadline(2d,escalate CTO)\" moment=review", .closure, .escalate(["CTO"])),
            ("gate=\"deadline(2d,reject)\" moment=completion", .completion, .reject),
        ] as [(String, GateID, GatePolicy.AtDeadline)]
    )
    func theEndHasADeadline(
        _ declared: String,
        _ gate: GateID,
        _ outcome: GatePolicy.AtDeadline
    ) throws {
        let page = Array(Self.page(declared).utf8)
        let checklist = try ChecklistDocument(markdown: page).checklist
        #expect(checklist.signOffSlots.map(\.gate) == [gate])
        let policy = GatePolicy(gate: gate, deadline: .days(2), atDeadline: outcome)
        #expect(checklist.gatePolicies == [policy])
        let read = try ChecklistDocument(markdown: ChecklistPage(of: checklist).bytes).checklist
        #expect(read.hash == checklist.hash)
    }

    @Test(arguments: [
        ("gate=\"completed(testnet)\"", "", "5: a condition"),
        ("gate=\"break-glass(SRE)\"", "", "5: glass is broken for the gate before a phase"),
        ("gate=\"deadline(2d,approve)\"", "", "5: 'deadline(2d,approve)' is no value of 'gate'"),
        (
            "gate=\"deadline(2d)\"",
            "- [ ] **CTO**: ____ Date: ____ <!-- deploykit: moment=review -->\n",
            "5: the signatures"
        ),
        (
            "gate=\"deadline(2d)\"",
            "\n## Final approval\n<!-- deploykit: gate=\"deadline(3d)\" moment=completion -->\n\n"
                + "- [ ] **CTO**: ____ Date: ____\n",
            "10: 'completion' is given terms twice"
        ),
    ])
    func whatCannotBeMeantIsRefusedWithItsLine(
        _ declared: String,
        _ below: String,
        _ expected: String
    ) {
        let found = faults(Self.page(declared, below))
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test func aDeadlineAboveNoSignatureIsRefused() {
        let page =
            "# Mill\n## Grind\n- [ ] a\n## Notes\n<!-- deploykit: gate=\"deadline(2d)\" -->\n\nText.\n"
        #expect(
            faults(page).contains { $0.hasPrefix("5: 'gate' has no effect") },
            "\(faults(page))"
        )
    }
}
