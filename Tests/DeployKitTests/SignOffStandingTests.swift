// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Approvals that counted once and do so no more, and what every view of a gate says of them.
@Suite struct SignOffStandingTests {
    private let lena = Actor.person("lena@example.com")
    private let olga = Actor.person("olga@example.com")
    private let tom = Actor.person("tom@example.com")

    private static func checklist() throws -> Checklist {
        try Checklist("Orders", signOffs: [.one(of: "QA", assurance: .asserted)]) {
            Phase("Check") {
                Item("Look", id: "look")
                Item("Polish", id: "polish", requirement: .optional)
            }
            Phase("Deploy", gate: .signOffs(.one(of: "Ops", assurance: .asserted))) {
                Item("Roll out", id: "roll-out")
                Item("Tell", id: "tell")
            }
        }
    }

    private func trial() throws -> Trial {
        var trial = try Trial(
            Self.checklist(),
            directory: Directory(people: [
                .init(id: "lena@example.com", roles: ["Ops", "QA"]),
                .init(id: "olga@example.com", roles: ["Ops"]), .init(id: "tom@example.com"),
            ]),
            by: tom
        )
        try trial.perform(.complete("look", note: nil, evidence: []), by: tom)
        try trial.perform(.complete("polish", note: nil, evidence: []), by: tom)
        return trial
    }

    private func reasons(_ trial: Trial, _ gate: GateID = .phase("deploy")) -> [GateReason] {
        switch trial.deployment.verdict(of: gate, given: trial.facts) {
        case .open: []
        case .closed(let reasons), .inconclusive(let reasons): reasons
        }
    }

    @Test func anItemThatIsOpenedAgainTakesTheApprovalAlong() throws {
        var trial = try trial()
        try trial.perform(.sign("ops", .approved, reason: nil), by: lena)
        #expect(reasons(trial).isEmpty)
        let first = try #require(trial.deployment.signOffs.last)
        try trial.perform(.reopen("look", reason: "the numbers were of yesterday"), by: tom)
        try trial.perform(.complete("look", note: nil, evidence: []), by: tom)
        #expect(trial.deployment.standing(of: first, given: trial.facts) == .itemReopened)
        #expect(
            reasons(trial).contains(.signOffStale("ops", by: [lena.id], .itemReopened)),
            "\(reasons(trial))"
        )
        #expect(trial.decide(.begin("roll-out", runner: nil), by: tom).refusal != nil)
        let refusal = trial.decide(
            .complete("roll-out", note: nil, evidence: []),
            by: tom
        ).refusal
        #expect(refusal?.message.contains("before an item was opened again") == true)
        // The same person looks again.
        try trial.perform(.sign("ops", .approved, reason: nil), by: lena)
        #expect(reasons(trial).isEmpty)
        let slot = try #require(trial.deployment.checklist.signOffSlots.first { $0.id == "ops" })
        #expect(trial.deployment.lastSignOffs(at: slot).map(\.person) == [lena.id])
        #expect(trial.deployment.gates[.phase("deploy")]?.signOffs.count == 2)
    }

    @Test func whatAnotherPersonApprovedSinceMakesUpForIt() throws {
        var trial = try trial()
        try trial.perform(.sign("ops", .approved, reason: nil), by: lena)
        try trial.perform(.reopen("look", reason: "again"), by: tom)
        try trial.perform(.complete("look", note: nil, evidence: []), by: tom)
        try trial.perform(.sign("ops", .approved, reason: nil), by: olga)
        #expect(reasons(trial).isEmpty)
        let shown = trial.deployment.withoutLapsedSignOffs(given: trial.facts)
        #expect(shown.gates[.phase("deploy")]?.signOffs.map(\.person) == [olga.id])
    }

    @Test func whatTheGateDoesNotRestOnChangesNothing() throws {
        var trial = try trial()
        try trial.perform(.sign("ops", .approved, reason: nil), by: lena)
        try trial.perform(.reopen("polish", reason: "again"), by: tom)
        #expect(reasons(trial).isEmpty, "an optional item")
        try trial.perform(.complete("roll-out", note: nil, evidence: []), by: tom)
        try trial.perform(.complete("tell", note: nil, evidence: []), by: tom)
        try trial.perform(.reopen("tell", reason: "again"), by: tom)
        let signOff = try #require(trial.deployment.signOffs.last)
        #expect(trial.deployment.standing(of: signOff, given: trial.facts) == .counts)
        try trial.perform(.reopen("look", reason: "again"), by: tom)
        #expect(trial.deployment.standing(of: signOff, given: trial.facts) == .counts, "consumed")
    }

    @Test func aFailureThatIsTriedAgainChangesNothing() throws {
        var trial = try trial()
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        try trial.perform(.sign("ops", .approved, reason: nil), by: olga)
        try trial.perform(.fail("roll-out", reason: "no"), by: tom)
        try trial.perform(.reopen("roll-out", reason: nil), by: tom)
        let signOff = try #require(trial.deployment.signOffs.first)
        #expect(trial.deployment.standing(of: signOff, given: trial.facts) == .counts)
    }

    /// Gates of logs from before the rule go on as their events say.
    @Test func aGateThatWasOpenedBeforeTheRuleGoesOnWithoutIt() throws {
        var trial = try trial()
        let asked = trial.deployment.terms(of: .phase("deploy"), given: trial.facts)
        guard case .object(var members) = asked.json else { return }
        #expect(members["voidedByReopening"] == true.json)
        members["voidedByReopening"] = nil
        let terms = try GateTerms(json: .object(members))
        #expect(!terms.isVoidedByReopening && terms.json == .object(members))
        var older = try #require(trial.replayed(1))
        for event in trial.log.dropFirst() {
            if case .gateOpened(let gate, let round, _) = event.event {
                older.apply(
                    RecordedEvent(
                        .gateOpened(gate, round: round, terms),
                        by: event.actor,
                        at: event.at
                    )
                )
            } else {
                older.apply(event)
            }
        }
        trial.deployment = older
        try trial.perform(.sign("ops", .approved, reason: nil), by: lena)
        try trial.perform(.reopen("look", reason: "again"), by: tom)
        try trial.perform(.complete("look", note: nil, evidence: []), by: tom)
        #expect(reasons(trial).isEmpty)
    }

    // MARK: Signed ones

    private let key = TestKey("lena")

    private func directory(_ keys: PersonKey...) throws -> Directory {
        Directory(people: [
            .init(id: "lena@example.com", roles: ["Ops", "QA"], keys: keys),
            .init(id: "olga@example.com", roles: ["Ops"], keys: [try TestKey("olga").ssh]),
            .init(id: "tom@example.com"),
        ])
    }

    private func started(_ clock: FixedClock) async throws -> LiveDeployment {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
        try await deployments.apply(directory(key.ssh), by: tom)
        let live = try await deployments.start(
            Self.checklist(),
            environment: Trial.staging(),
            version: "1",
            by: tom
        )
        try await live.complete("look", by: tom)
        return live
    }

    @Test func whatWasPreparedBeforeAnItemWasOpenedAgainIsRefused() async throws {
        let clock = FixedClock()
        let live = try await started(clock)
        let statement = try await live.prepare("ops", .approved, by: lena.id).statement
        let envelope = try statement.signed(key.signature(over: statement.message))
        clock.advance(by: .milliseconds(1))
        try await live.perform(.reopen("look", reason: "again"), by: tom)
        try await live.complete("look", by: tom)
        await #expect {
            try await live.submit(envelope, verifiers: TestVerifier.both)
        } throws: { error in
            let refusal = (error as? DeploymentError)?.refusal
            return refusal?.code == .conflict && refusal?.message.contains("opened again") == true
        }
        let anew = try await live.prepare("ops", .approved, by: lena.id).statement
        try await live.submit(
            anew.signed(key.signature(over: anew.message)),
            verifiers: TestVerifier.both
        )
        #expect(try await live.gate("Deploy").verdict == .open)
    }

    @Test func whatWasHandedInBeforeIsNotTakenAgain() async throws {
        let clock = FixedClock()
        let live = try await started(clock)
        let statement = try await live.prepare("ops", .approved, by: lena.id).statement
        let envelope = try statement.signed(key.signature(over: statement.message))
        try await live.submit(envelope, verifiers: TestVerifier.both)
        clock.advance(by: .milliseconds(1))
        try await live.perform(.reopen("look", reason: "again"), by: tom)
        try await live.complete("look", by: tom)
        await #expect(throws: DeploymentError.self) {
            try await live.submit(envelope, verifiers: TestVerifier.both)
        }
    }

    @Test func aGateNamesTheRevocationThatClosedIt() async throws {
        let clock = FixedClock()
        let live = try await started(clock)
        let statement = try await live.prepare("ops", .approved, by: lena.id).statement
        try await live.submit(
            statement.signed(key.signature(over: statement.message)),
            verifiers: TestVerifier.both
        )
        #expect(try await live.gate("Deploy").verdict == .open)
        let moment = clock.now()
        clock.advance(by: .seconds(60))
        let deployments = live.deployments
        try await deployments.apply(directory(key.ssh(revoked: moment)), by: tom)
        let state = try await live.state()
        guard case .closed(let reasons) = try await live.gate("Deploy").verdict else {
            Issue.record("the gate is open")
            return
        }
        #expect(reasons.contains(.signOffStale("ops", by: [lena.id], .keyRevoked)), "\(reasons)")
        let sentences = reasons.map(state.sentence)
        #expect(sentences.contains { $0.contains("with a key that was revoked") }, "\(sentences)")
        let facts = try await deployments.facts(for: state)
        let shown = state.withoutLapsedSignOffs(given: facts)
        #expect(shown.gates[.phase("deploy")]?.signOffs == [])
        // To look again, with an unsigned sign-off where the rule lets it, is not "already".
        let again = try await live.sign("ops", .approved, by: lena)
        #expect(again.hasChanged)
        #expect(try await live.gate("Deploy").verdict == .open)
    }

    /// Roles come with the people that a gate copied when it was opened, and a refusal says so.
    @Test func aRoleThatCameTooLateIsNamed() throws {
        var trial = try trial()
        trial.directory = Directory(
            people: trial.directory.people.dropLast() + [.init(id: tom.id, roles: ["Ops"])]
        )
        let refusal = trial.decide(.sign("ops", .approved, reason: nil), by: tom).refusal
        #expect(refusal?.code == .notEligible)
        #expect(refusal?.message.contains("came later") == true, "\(refusal?.message ?? "")")
        let other = trial.decide(.sign("ops", .approved, reason: nil), by: .person("x@y.z")).refusal
        #expect(other?.message.contains("came later") == false)
    }

    @Test func aMomentWithoutMillisecondsIsCorrected() throws {
        for (text, whole) in [
            ("2026-02-03T10:00:00Z", "2026-02-03T10:00:00.000Z"),
            ("2026-02-03", "2026-02-03T00:00:00.000Z"),
        ] {
            #expect {
                try Timestamp(json: text.json)
            } throws: { error in
                (error as? JSONError)?.message.contains("write '\(whole)'") == true
            }
        }
        #expect {
            try Timestamp(json: "tomorrow".json)
        } throws: { error in
            (error as? JSONError)?.message.contains("write") == false
        }
    }

    @Test func theKeysForStockToolsServeForEveryPurpose() throws {
        let signers = try directory(key.ssh).allowedSigners(
            for: SignOffStatement.namespace,
            DirectoryStatement.namespace
        )
        #expect(try AllowedSigners(reading: signers.text) == signers)
        #expect(signers.text.contains("namespaces=\"sign-off@deploykit,directory@deploykit\""))
    }
}
