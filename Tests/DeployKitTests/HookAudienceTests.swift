// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Which hook is told of what: of everything, or of what is about the part that names it.
@Suite struct HookAudienceTests {
    private static func checklist(hooks: [String] = []) throws -> Checklist {
        let plain = try Checklist("Orders") {
            Phase("Prepare") {
                Item("Build", id: "build", hooks: ["tell-build"])
                Item(
                    id: "checks",
                    title: "Checks",
                    kind: .group,
                    hooks: ["tell-checks"],
                    children: [Item(id: "lint", title: "Lint")]
                )
            }
            Phase(
                "Deploy",
                gate: .signOffs(.one(of: "QA", assurance: .asserted)),
                hooks: ["tell-deploy"]
            ) {
                Item("Ship", .command("ship"), id: "ship", effect: .irreversible)
            }
        }
        return Checklist(
            title: plain.title,
            phases: plain.phases,
            signOffSlots: plain.signOffSlots,
            hooks: hooks
        )
    }

    /// What each hook would have been told in a deployment in which everything happens.
    private func told(_ checklist: Checklist, _ hooks: [String]) throws -> [String: [String]] {
        var trial = try Trial(checklist)
        try trial.perform(.fail("build", reason: "no"))
        try trial.perform(.reopen("build", reason: "again"))
        try trial.perform(.complete("build", note: nil, evidence: []))
        try trial.perform(.complete("lint", note: nil, evidence: []))
        try trial.perform(.sign("qa", .approved, reason: nil))
        try trial.attempt("ship", .failed(.timedOut))
        try trial.perform(.resolve("ship", happened: true, reason: "looked", evidence: []))
        var told: [String: [String]] = [:]
        for event in trial.log.map(\.event) {
            guard let point = event.hookPoint else { continue }
            for hook in hooks where checklist.tells(hook, of: event) {
                told[hook, default: []].append(point.rawValue)
            }
        }
        return told
    }

    private static let all = [
        "started", "item.failed", "halted", "resumed", "item.passed", "item.passed",
        "gate.waiting", "signed", "item.inDoubt", "halted", "item.passed", "resumed", "completed",
    ]

    @Test func aPartTellsWhatIsAboutItAlone() throws {
        let hooks = ["tell-build", "tell-checks", "tell-deploy", "anybody"]
        let told = try told(Self.checklist(), hooks)
        #expect(told["tell-build"] == ["item.failed", "halted", "item.passed"])
        #expect(told["tell-checks"] == ["item.passed"])
        #expect(
            told["tell-deploy"] == [
                "gate.waiting", "signed", "item.inDoubt", "halted", "item.passed",
            ]
        )
        // What nothing names is told of everything, as where no part names any.
        #expect(told["anybody"] == Self.all)
    }

    @Test func aHookOfThePageIsToldOfEverythingAndNobodyElse() throws {
        let checklist = try Self.checklist(hooks: ["tell-build"])
        let told = try told(checklist, ["tell-build", "anybody", "tell-checks"])
        #expect(told["tell-build"] == Self.all)
        #expect(told["anybody"] == nil)
        #expect(told["tell-checks"] == ["item.passed"])
    }

    @Test func theFormReadsBack() throws {
        let checklist = try Self.checklist(hooks: ["tell-all"])
        #expect(try Checklist(json: checklist.json) == checklist)
        #expect(
            checklist.namedHooks == ["tell-all", "tell-build", "tell-checks", "tell-deploy"]
        )
    }
}
