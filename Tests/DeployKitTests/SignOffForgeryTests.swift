// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Sign-offs that the rules never record, and somebody put into the store: none opens a gate.
@Suite struct SignOffForgeryTests {
    private let lena = Actor.person("lena@example.com")
    private let key = TestKey("lena")

    private static func checklist() throws -> Checklist {
        try Checklist("Orders") {
            Phase("Look") { Item("Look", id: "look", requirement: .optional) }
            Phase("Deploy", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                Item("Roll out", id: "roll-out")
            }
        }
    }

    /// A sign-off that would open the gate, but for what is given.
    private func signOff(
        in state: Deployment,
        _ decision: SignOff.Decision = .approved,
        checklist: Digest? = nil,
        subject: Digest? = nil,
        person: ActorID = "lena@example.com"
    ) -> SignOff {
        SignOff(
            slot: "qa",
            gate: .phase("deploy"),
            round: 1,
            decision: decision,
            actor: Actor(id: person),
            person: person,
            authority: .directory,
            reason: nil,
            checklist: checklist ?? state.subject.checklist,
            subject: subject ?? state.subject.digest,
            head: Trial.head
        )
    }

    private func isOpen(_ signOff: SignOff, in trial: Trial) -> Bool {
        var state = trial.deployment
        state.apply(RecordedEvent(.signedOff(signOff), by: lena, at: trial.now))
        let verdict = state.verdict(of: .phase("deploy"), given: trial.facts)
        #expect((state.standing(of: signOff, given: trial.facts) == .counts) == (verdict == .open))
        return verdict == .open
    }

    @Test func onlyAnApprovalOfThisBySomebodyEligibleOpensAGate() throws {
        let directory = Directory(people: [
            .init(id: "lena@example.com", roles: ["QA"]), .init(id: "tom@example.com"),
        ])
        let trial = try Trial(Self.checklist(), directory: directory)
        let state = trial.deployment
        let other = SHA256.digest(of: [1])
        #expect(isOpen(signOff(in: state), in: trial))
        #expect(!isOpen(signOff(in: state, .abstained), in: trial), "an abstention")
        #expect(!isOpen(signOff(in: state, .rejected), in: trial), "a rejection")
        #expect(!isOpen(signOff(in: state, checklist: other), in: trial), "another checklist")
        #expect(!isOpen(signOff(in: state, subject: other), in: trial), "another subject")
        #expect(!isOpen(signOff(in: state, person: "tom@example.com"), in: trial), "another role")
    }

    private func started(in other: Deployments? = nil) async throws -> LiveDeployment {
        let deployments = other ?? Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        try await deployments.apply(
            Directory(people: [.init(id: lena.id, roles: ["QA"], keys: [key.ssh])]),
            by: lena
        )
        return try await deployments.start(
            Self.checklist(),
            environment: Trial.staging(),
            version: "1",
            by: .person("tom@example.com")
        )
    }

    /// A good signature, moved from one deployment to the next of the same subject.
    @Test func theSignatureOfAnotherDeploymentOpensNoGate() async throws {
        let first = try await started()
        let deployments = first.deployments
        let statement = try await first.prepare("qa", .approved, by: lena.id).statement
        try await first.submit(
            statement.signed(key.signature(over: statement.message)),
            verifiers: TestVerifier.both
        )
        let signOff = try #require(try await first.state().signOffs.last)
        #expect(try await first.gate("Deploy").verdict == .open)
        try await first.perform(.abort(reason: "once more"), by: lena)
        let second = try await started(in: deployments)
        try #require(second.id != first.id)
        // Nor is it taken there by the front door.
        await #expect {
            try await second.submit(
                statement.signed(key.signature(over: statement.message)),
                verifiers: TestVerifier.both
            )
        } throws: { error in
            (error as? DeploymentError)?.refusal?.message.contains("is about deployment") == true
        }
        var state = try await second.state()
        state.apply(RecordedEvent(.signedOff(signOff), by: lena, at: FixedClock().now()))
        let facts = try await deployments.facts(for: state)
        #expect(state.standing(of: signOff, given: facts) == .otherSubject)
        #expect(state.verdict(of: .phase("deploy"), given: facts) != .open)
    }

    /// What the statement says is changed before it is signed: the signature is good, and it is about
    /// something else.
    @Test func aStatementAboutSomethingElseIsRefused() async throws {
        let live = try await started()
        let statement = try await live.prepare("qa", .approved, by: lena.id).statement
        let text = String(decoding: statement.json.canonicalBytes, as: UTF8.self)
        let present = try await live.state().subject
        let next = DeploymentSubject(
            service: present.service,
            environment: present.environment,
            version: "2",
            checklist: present.checklist
        )
        let edits = [
            text.replacing("\"version\":\"1\"", with: "\"version\":\"2\"")
                .replacing(present.digest.hex, with: next.digest.hex),
            text.replacing("\"label\":\"QA\"", with: "\"label\":\"Anybody\""),
            text.replacing("\"count\":1", with: "\"count\":2"),
            text.replacing(live.id.text, with: "d-other"),
        ]
        for edited in edits {
            #expect(edited != text)
            let other = try SignOffStatement(json: JSONValue(parsing: edited))
            await #expect {
                try await live.submit(
                    other.signed(key.signature(over: other.message)),
                    verifiers: TestVerifier.both
                )
            } throws: { error in
                (error as? DeploymentError)?.refusal?.code == .conflict
            }
        }
        #expect(try await live.state().signOffs.isEmpty)
    }

    @Test func aStatementIsHandedInInTheNameOfWhoSigned() async throws {
        let live = try await started()
        let statement = try await live.prepare("qa", .approved, by: lena.id).statement
        let envelope = try statement.signed(key.signature(over: statement.message))
        let proof = try SignOffProof(envelope)
        await #expect {
            try await live.perform(
                .submit(proof, reason: nil),
                by: Actor(id: "tom@example.com", assurance: .sshKey)
            )
        } throws: { error in
            (error as? DeploymentError)?.refusal?.code == .signatureRefused
        }
    }

    /// What let a gate pass counts on, whatever changes behind it.
    @Test func anApprovalThatWasUsedDoesNotExpire() throws {
        let directory = Directory(people: [
            .init(id: "lena@example.com", roles: ["QA"]), .init(id: "tom@example.com"),
        ])
        let checklist = try Checklist("Orders") {
            Phase(
                "Deploy",
                gate: .signOffs(.one(of: "QA", assurance: .asserted, validFor: .seconds(60)))
            ) {
                Item("Roll out", id: "roll-out")
                Item("Tell", id: "tell")
            }
        }
        var trial = try Trial(checklist, directory: directory)
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        let signOff = try #require(trial.deployment.signOffs.last)
        var idle = trial
        idle.now = idle.now + .seconds(61)
        #expect(idle.deployment.standing(of: signOff, given: idle.facts) == .expired)
        try trial.perform(
            .complete("roll-out", note: nil, evidence: []),
            by: .person("tom@example.com")
        )
        trial.now = trial.now + .seconds(61)
        #expect(trial.deployment.standing(of: signOff, given: trial.facts) == .counts)
    }

    @Test func onePersonDoesNotSignTwiceInAGroup() throws {
        let directory = Directory(people: [.init(id: "lena@example.com", roles: ["QA", "Ops"])])
        let checklist = try Checklist("Orders") {
            Phase(
                "Deploy",
                gate: .signOffs(
                    .one(of: "QA", assurance: .asserted),
                    .one(of: "Ops", assurance: .asserted)
                )
            ) { Item("Roll out", id: "roll-out") }
        }
        let slots = checklist.signOffSlots
        #expect(Set(slots.map(\.group)).count == 1)
        var trial = try Trial(checklist, directory: directory)
        try trial.perform(.sign("qa", .approved, reason: nil), by: lena)
        let refusal = trial.decide(.sign("ops", .approved, reason: nil), by: lena).refusal
        #expect(refusal?.code == .notEligible)
        #expect(refusal?.message.contains("one person counts once") == true)
    }

    @Test func whatMustBeSignedIsNotLeftOutAndWhatWasNotRejectedIsNotReopened() throws {
        var trial = try Trial(Self.checklist())
        try trial.perform(.sign("qa", .abstained, reason: nil), by: lena)
        let skipped = trial.decide(.skipSignOff("qa", reason: "nobody is there"), by: lena)
        #expect(skipped.refusal?.code == .wrongKind)
        let reopened = trial.decide(.reopenGate(.phase("deploy"), reason: "anew"), by: lena)
        #expect(reopened.refusal?.code == .wrongState)
    }
}
