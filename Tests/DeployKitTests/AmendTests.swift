// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Following another edition of the checklist, and writing down what went wrong.
@Suite struct AmendTests {
    static func checklist(
        build: String = "Build it",
        ship: String = "Ship it",
        extra: [Item] = []
    ) throws -> Checklist {
        try Checklist("Orders") {
            Phase("Prepare") { Item(build, id: "build") }
            Phase("Deploy", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                Item(ship, id: "ship")
                extra
            }
        }
    }

    static let lena = Actor.person("lena@example.com")

    static func begun() throws -> Trial {
        var trial = try Trial(try checklist())
        try trial.perform(.complete("build", note: nil, evidence: []))
        return trial
    }

    @Test func whatHasNotBegunMayChange() throws {
        var trial = try Self.begun()
        let next = try Self.checklist(ship: "Ship both", extra: [Item("Look at it", id: "look")])
        try trial.amend(to: next)
        #expect(trial.deployment.subject.checklist == next.hash)
        #expect(trial.deployment.items["build"]?.state == .passed(1))
        #expect(trial.deployment.items["look"]?.state == .pending)
        let amendment = try #require(trial.deployment.amendments.first)
        #expect(
            amendment.added == ["look"] && amendment.changed == ["ship"]
                && amendment.removed.isEmpty
        )
        #expect(trial.environments["staging"]?.holder?.subject == trial.deployment.subject)
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func whatHasBegunMayNotAndIsNamed() throws {
        var trial = try Self.begun()
        #expect {
            try trial.amend(to: try Self.checklist(build: "Build it twice"))
        } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            return refusal.code == .alreadyBegun && refusal.message.contains("'build' is another")
        }
        let without = try Checklist("Orders") { Phase("Deploy") { Item("Ship it", id: "ship") } }
        #expect {
            try trial.amend(to: without)
        } throws: {
            ($0 as? Refusal)?.message.contains("'build' is gone") == true
        }
        let moved = try Checklist("Orders") {
            Phase("Get ready") { Item("Build it", id: "build") }
            Phase("Deploy") { Item("Ship it", id: "ship") }
        }
        #expect(throws: Refusal.self) { try trial.amend(to: moved) }
        #expect(throws: Refusal.self) {
            try trial.amend(to: Self.checklist(ship: "x"), reason: "  ")
        }
    }

    @Test func theSameIsNoAmendment() throws {
        var trial = try Self.begun()
        let count = trial.log.count
        try trial.amend(to: try Self.checklist())
        #expect(trial.log.count == count)
    }

    @Test func whatWasSignedForTheOldOneIsStale() throws {
        var trial = try Self.begun()
        let slot = try #require(trial.deployment.checklist.signOffSlots.first?.id)
        try trial.perform(.sign(slot, .approved, reason: nil), by: Self.lena)
        let gate = GateID.phase("deploy")
        #expect(trial.deployment.verdict(of: gate, given: trial.facts) == .open)
        try trial.amend(to: try Self.checklist(ship: "Ship both"), by: .person("tom"))
        guard case .closed(let reasons) = trial.deployment.verdict(of: gate, given: trial.facts)
        else {
            Issue.record("the gate is open")
            return
        }
        #expect(reasons.contains(.signOffStale(slot, by: ["lena@example.com"], .checklistAmended)))
        #expect(trial.deployment.gates[gate]?.round == 2)
        #expect(
            trial.decide(.complete("ship", note: nil, evidence: [])).refusal?.code == .gateClosed
        )
        try trial.perform(.sign(slot, .approved, reason: nil), by: Self.lena)
        try trial.perform(.complete("ship", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
        #expect(trial.replayed() == trial.deployment)
    }

    @Test func aGateThatWasPassedStaysPassed() throws {
        var trial = try Self.begun()
        let slot = try #require(trial.deployment.checklist.signOffSlots.first?.id)
        try trial.perform(.sign(slot, .approved, reason: nil), by: Self.lena)
        let longer = try Self.checklist(extra: [Item("Look at it", id: "look")])
        var before = trial
        try before.amend(to: longer)
        #expect(before.deployment.gates[.phase("deploy")]?.signOffs.isEmpty == true)
        // Begun behind the gate: what is left may still change.
        var other = try Trial(longer)
        try other.perform(.complete("build", note: nil, evidence: []))
        try other.perform(.sign(slot, .approved, reason: nil), by: Self.lena)
        try other.perform(.complete("ship", note: nil, evidence: []))
        let changed = try Self.checklist(extra: [Item("Look at both", id: "look")])
        try other.amend(to: changed)
        try other.perform(.complete("look", note: nil, evidence: []))
        #expect(other.deployment.status == .completed)
    }

    @Test func whatIsNotMeantForTheEnvironmentIsWorkedOutAnew() throws {
        var trial = try Self.begun()
        let next = try Self.checklist(extra: [
            Item("Only there", id: "there", environment: "production"),
            Item("Only here", id: "here", environment: "staging"),
        ])
        try trial.amend(to: next)
        #expect(trial.deployment.items["there"]?.state == .notApplicable)
        #expect(trial.deployment.items["here"]?.state == .pending)
        // And back again.
        let back = try Self.checklist(extra: [Item("Only there", id: "there")])
        try trial.amend(to: back)
        #expect(trial.deployment.items["there"]?.state == .pending)
    }

    @Test func theStoreKeepsTheNewDefinitionAndReadsItAgain() async throws {
        let store = InMemoryAuditStore()
        let deployments = Deployments(store: store)
        let live = try await deployments.start(
            try Self.checklist(),
            environment: .init("staging", tier: .test),
            version: "1",
            by: Self.lena
        )
        try await live.complete("build", by: Self.lena)
        let next = try Self.checklist(ship: "Ship both")
        let result = try await deployments.amend(live.id, to: next, reason: "wrong", by: Self.lena)
        #expect(result.hasChanged)
        let known = try await live.state()
        let read = try await Deployments(store: store).state(of: live.id)
        #expect(read == known && read.checklist == next)
        #expect(
            try await !deployments.amend(live.id, to: next, reason: "wrong", by: Self.lena)
                .hasChanged
        )
        // Starting what is amended gives the deployment that is open.
        let same = try await deployments.start(
            next,
            environment: .init("staging", tier: .test),
            version: "1",
            by: Self.lena
        )
        #expect(same.id == live.id)
        // Whoever checks the log decides its gates anew, those behind the amendment too.
        let slot = try #require(next.signOffSlots.first?.id)
        try await live.perform(.sign(slot, .approved, reason: nil), by: Self.lena)
        try await live.complete("ship", by: Self.lena)
        let report = try await deployments.log.verify()
        #expect(report.faults.isEmpty)
        #expect(try await deployments.gateFaults(at: report.gates).isEmpty)
    }

    @Test func issuesAreCountedAndSolved() throws {
        var trial = try Self.begun()
        try trial.perform(.noteIssue("the CDN kept the old bundle", resolution: nil))
        try trial.perform(.noteIssue("the queue was slow", resolution: "a second worker"))
        #expect(trial.deployment.issues.map(\.number) == [1, 2])
        #expect(trial.deployment.issues.map { $0.resolution != nil } == [false, true])
        try trial.perform(.resolveIssue(1, resolution: "purged it"))
        #expect(trial.deployment.issues[0].resolution != nil)
        #expect(trial.decide(.resolveIssue(3, resolution: "x")).refusal?.code == .unknownName)
        #expect(trial.decide(.noteIssue(" ", resolution: nil)).refusal?.code == .reasonMissing)
        #expect(trial.replayed() == trial.deployment)
    }
}
