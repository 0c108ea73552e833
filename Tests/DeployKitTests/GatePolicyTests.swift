// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Deadlines of gates, going through them in an emergency, and what must be the same elsewhere first.
@Suite struct GatePolicyTests {
    static let people = Directory(people: [
        .init(id: "lena@example.com", roles: ["QA"]),
        .init(id: "tom@example.com", roles: ["SRE"]),
        .init(id: "rita@example.com"),
    ])

    static func checklist(
        _ policy: GatePolicy? = nil,
        gate: PhaseGate = .signOffs(.one(of: "QA", assurance: .asserted))
    ) throws -> Checklist {
        try Checklist("Orders", gatePolicies: policy.map { [$0] } ?? []) {
            Phase("Prepare") {
                Item("Build it", .command("make"), id: "build", effect: .idempotent)
            }
            Phase("Deploy", gate: gate) { Item("Ship it", id: "ship") }
        }
    }

    static func reached(
        _ policy: GatePolicy? = nil,
        gate: PhaseGate = .signOffs(.one(of: "QA", assurance: .asserted)),
        hasEffect: Bool = true
    ) throws -> Trial {
        var trial = try Trial(try checklist(policy, gate: gate), directory: people)
        if hasEffect {
            try trial.perform(.begin("build", runner: nil))
            try trial.perform(.finish("build", attempt: 1, AttemptOutcome(.passed)))
        } else {
            try trial.perform(.waive("build", reason: "built elsewhere"))
        }
        return trial
    }

    static let gate = GateID.phase("deploy")
    static let approve = DeploymentCommand.sign("deploy-qa", .approved, reason: nil)

    static func slot(_ trial: Trial) throws -> SignOffSlotID {
        try #require(trial.deployment.checklist.signOffSlots.first?.id)
    }

    @Test(arguments: [GatePolicy.AtDeadline.expire, .reject])
    func aRoundThatIsNotSatisfiedInTimeIsLost(outcome: GatePolicy.AtDeadline) throws {
        var trial = try Self.reached(
            GatePolicy(gate: Self.gate, deadline: .hours(2), atDeadline: outcome)
        )
        let opened = trial.now
        trial.now = opened + .seconds(7199)
        #expect(
            trial.decide(
                .sign(try Self.slot(trial), .approved, reason: nil),
                by: .person("lena@example.com")
            ).refusal == nil
        )
        trial.now = opened + .hours(5)
        let seen = trial.deployment.verdict(of: Self.gate, given: trial.facts)
        if case .closed(let reasons) = seen {
            #expect(reasons.first == .expired(opened + .hours(2)), "whoever looks sees it too")
        } else {
            Issue.record("\(seen)")
        }
        let due = trial.deployment.dueEntries(given: trial.facts)
        #expect(due.map(\.standing) == [.expired])
        let late = trial.decide(
            .sign(try Self.slot(trial), .approved, reason: nil),
            by: .person("lena@example.com")
        )
        #expect(late.refusal?.code == .wrongState, "an approval after the time is refused by name")
        try trial.perform(.advance)
        let expected: HaltCause =
            outcome == .expire ? .gateExpired(Self.gate) : .gateRejected(Self.gate)
        #expect(trial.deployment.status == .halted(expected))
        let lapse = try #require(trial.deployment.gates[Self.gate]?.lapse)
        #expect(lapse.at == opened + .hours(2), "it was over then, whenever that was noticed")
        // A new round has as long again.
        try trial.perform(.reopenGate(Self.gate, reason: "they were asleep"))
        #expect(trial.deployment.status == .active)
        #expect(trial.deployment.gates[Self.gate]?.round == 2)
        #expect(trial.deployment.gates[Self.gate]?.deadline == opened + .hours(7))
        try trial.perform(
            .sign(try Self.slot(trial), .approved, reason: nil),
            by: .person("lena@example.com")
        )
        try trial.perform(.complete("ship", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
    }

    @Test func aRoundThatIsLostBeforeAnythingBeganEndsTheDeployment() throws {
        var trial = try Self.reached(
            GatePolicy(gate: Self.gate, deadline: .hours(2)),
            hasEffect: false
        )
        trial.now = trial.now + .hours(2)
        try trial.perform(.advance)
        #expect(trial.deployment.status == .aborted(.gateExpired(Self.gate)))
        #expect(trial.environments["staging"]?.holder == nil)
    }

    @Test func aRoundThatWasSatisfiedInTimeStays() throws {
        var trial = try Self.reached(GatePolicy(gate: Self.gate, deadline: .hours(2)))
        try trial.perform(
            .sign(try Self.slot(trial), .approved, reason: nil),
            by: .person("lena@example.com")
        )
        trial.now = trial.now + .days(3)
        try trial.perform(.complete("ship", note: nil, evidence: []))
        #expect(trial.deployment.status == .completed)
    }

    @Test func anEscalationLetsOthersSignAndApprovesNothing() throws {
        let policy = GatePolicy(
            gate: Self.gate,
            deadline: .hours(2),
            atDeadline: .escalate(["SRE"])
        )
        var trial = try Self.reached(policy)
        let slot = try Self.slot(trial)
        let tom = Actor.person("tom@example.com")
        #expect(
            trial.decide(.sign(slot, .approved, reason: nil), by: tom).refusal?.code == .notEligible
        )
        func signers() -> [[Role]] {
            trial.deployment.terms(of: Self.gate, given: trial.facts).slots.map(\.rule.roles)
        }
        #expect(!signers().joined().contains("SRE"))
        trial.now = trial.now + .hours(2)
        // Who only looks is told so before anything is recorded.
        #expect(signers().joined().contains("SRE"))
        try trial.perform(.advance)
        #expect(signers().joined().contains("SRE"))
        #expect(trial.deployment.status == .active)
        #expect(trial.deployment.verdict(of: Self.gate, given: trial.facts) != .open)
        try trial.perform(.sign(slot, .approved, reason: nil), by: tom)
        #expect(trial.deployment.verdict(of: Self.gate, given: trial.facts) == .open)
    }

    @Test func theTermsAreThoseOfTheOpening() throws {
        let policy = GatePolicy(
            gate: Self.gate,
            deadline: .hours(2),
            breakGlassRoles: ["SRE"],
            prompt: "Is it green?"
        )
        let trial = try Self.reached(policy)
        let terms = try #require(trial.deployment.gates[Self.gate]?.terms)
        #expect(terms.deadline == .hours(2) && terms.prompt == "Is it green?")
        #expect(try GateTerms(json: terms.json) == terms)
        for outcome in [GatePolicy.AtDeadline.expire, .reject, .escalate(["A", "B"])] {
            let policy = GatePolicy(gate: .completion, deadline: .days(1), atDeadline: outcome)
            #expect(try GatePolicy(json: policy.json) == policy)
        }
        #expect(throws: JSONError.self) {
            try GatePolicy.AtDeadline(json: .members(["escalate": [Role]().json]))
        }
    }

    @Test func glassIsBrokenByThoseWhoMayWithAReason() throws {
        let policy = GatePolicy(gate: Self.gate, breakGlassRoles: ["SRE"])
        var trial = try Self.reached(policy)
        let command = DeploymentCommand.breakGlass(Self.gate, reason: "funds at risk")
        #expect(
            trial.decide(command, by: .person("lena@example.com")).refusal?.code == .notEligible
        )
        #expect(
            trial.decide(.breakGlass(Self.gate, reason: " "), by: .person("tom@example.com"))
                .refusal?.code == .reasonMissing
        )
        #expect(
            trial.decide(.breakGlass(.completion, reason: "x"), by: .person("tom@example.com"))
                .refusal?.code == .wrongKind
        )
        try trial.perform(command, by: .person("tom@example.com"))
        #expect(trial.decide(command, by: .person("tom@example.com")) == .already)
        #expect(trial.deployment.brokenGlass.first?.glass.missing == [try Self.slot(trial)])
        try trial.perform(.complete("ship", note: nil, evidence: []))
        #expect(trial.deployment.status == .active, "somebody must look into it first")
        let review = try #require(trial.deployment.signOffSlots.last?.id)
        #expect(
            trial.decide(.sign(review, .approved, reason: nil), by: .person("tom@example.com"))
                .refusal?.code == .notEligible
        )
        try trial.perform(
            .sign(review, .approved, reason: "justified"),
            by: .person("lena@example.com")
        )
        #expect(trial.deployment.status == .completed)
    }

    @Test func neitherOpenItemsNorARejectionYieldToAnEmergency() throws {
        var open = try Trial(try Self.checklist(), directory: Self.people)
        let command = DeploymentCommand.breakGlass(Self.gate, reason: "now")
        try open.perform(command, by: .person("tom@example.com"))
        #expect(
            open.decide(.complete("ship", note: nil, evidence: [])).refusal?.code == .gateClosed
        )
        var rejected = try Self.reached()
        try rejected.perform(
            .sign(try Self.slot(rejected), .rejected, reason: "no"),
            by: .person("lena@example.com")
        )
        #expect(
            rejected.decide(command, by: .person("tom@example.com")).refusal?.code == .wrongState
        )
    }

    @Test func inProductionTheReviewIsSigned() throws {
        var trial = try Trial(
            try Self.checklist(),
            environment: Trial.production(),
            directory: Self.people
        )
        try trial.perform(.begin("build", runner: nil), by: .person("tom@example.com"))
        try trial.perform(
            .finish("build", attempt: 1, AttemptOutcome(.passed)),
            by: .person("tom@example.com")
        )
        try trial.perform(.breakGlass(Self.gate, reason: "now"), by: .person("tom@example.com"))
        try trial.perform(
            .complete("ship", note: nil, evidence: []),
            by: .person("tom@example.com")
        )
        let review = try #require(trial.deployment.signOffSlots.last)
        #expect(review.rule.assurance == .sshKey)
        try trial.perform(.sign(review.id, .approved, reason: nil), by: .person("lena@example.com"))
        #expect(trial.deployment.status == .active, "an unsigned review does not count")
    }

    /// What a promotion asks for, one difference at a time.
    @Test func aRefusedPromotionSaysWhatDiffers() throws {
        let checklist = try Self.checklist(gate: .completed("testnet", within: .days(7)))
        let (one, two) = (SHA256.digest(of: [1]), SHA256.digest(of: [2]))
        func subject(
            _ hash: Digest,
            version: String = "1.4.2",
            _ artifacts: [DeploymentSubject.Artifact] = []
        ) throws -> DeploymentSubject {
            DeploymentSubject(
                service: "vesting",
                environment: try Environment("testnet", tier: .test),
                version: version,
                artifacts: artifacts,
                checklist: hash
            )
        }
        let hash = checklist.hash
        let cases: [(DeploymentSubject?, Duration, [PromotionGap.Difference]?)] = [
            (try subject(hash), .days(6), nil),
            (try subject(hash), .days(8), [.age(.days(8))]),
            (try subject(one), .days(1), [.checklist(one)]),
            (try subject(hash, version: "1.4.1"), .days(1), [.version("1.4.1")]),
            (
                try subject(hash, [.init(name: "image", digest: two)]), .days(1),
                [.artifact("image", theirs: two, ours: nil)]
            ),
        ]
        for (completed, age, differences) in cases {
            var trial = try Self.reached(gate: .completed("testnet", within: .days(7)))
            var testnet = EnvironmentState()
            if let completed {
                testnet.apply(.entered("d-0", completed), at: trial.now)
                testnet.apply(.completed("d-0"), at: trial.now)
            }
            trial.environments["testnet"] = testnet
            trial.now = trial.now + age
            let verdict = trial.deployment.verdict(of: Self.gate, given: trial.facts)
            guard let differences else {
                #expect(verdict == .open)
                continue
            }
            guard case .closed(let reasons) = verdict,
                case .notCompleted(_, _, let closest) = reasons.first
            else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(closest?.differences == differences)
            #expect(
                trial.decide(.complete("ship", note: nil, evidence: [])).refusal?.code
                    == .gateClosed
            )
        }
    }
}
