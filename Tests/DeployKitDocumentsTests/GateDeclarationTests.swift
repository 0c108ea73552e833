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
