// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct SignedSignOffTests {
    private let lena = TestKey("lena")
    private let olga = TestKey("olga")
    private let bot = TestKey("bot")

    private func directory(_ key: PersonKey? = nil) throws -> Directory {
        Directory(people: [
            .init(
                id: "lena@example.com",
                aliases: ["lena"],
                roles: ["QA"],
                keys: [try key ?? lena.ssh]
            ),
            .init(id: "olga@example.com", roles: ["QA"], keys: [try olga.ssh]),
            .init(id: "tom@example.com", aliases: ["tom"], roles: ["QA"]),
            .init(id: "bot", roles: ["QA"], keys: [PersonKey(.ed25519(bot.material))]),
        ])
    }

    private static func checklist(_ gate: PhaseGate) throws -> Checklist {
        try Checklist("Orders") {
            Phase("Check") { Item("Look", id: "look") }
            Phase("Deploy", gate: gate) { Item("Deploy", id: "deploy") }
        }
    }

    private func started(
        _ gate: PhaseGate = .signOffs(.one(of: "QA")),
        _ directory: Directory? = nil,
        clock: any WallClock = FixedClock()
    ) async throws -> LiveDeployment {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: clock)
        try await deployments.apply(directory ?? self.directory(), by: .person("tom"))
        return try await deployments.start(
            Self.checklist(gate),
            environment: "production",
            version: "1",
            by: .person("tom")
        )
    }

    private func code(
        _ live: LiveDeployment,
        _ envelope: SignedStatement,
        reason: Blob? = nil
    ) async throws -> Refusal.Code? {
        do throws(DeploymentError) {
            try await live.submit(envelope, reason: reason, verifiers: TestVerifier.both)
            return nil
        } catch {
            return try #require(error.refusal, "\(error)").code
        }
    }

    private func isOpen(_ live: LiveDeployment) async throws -> Bool {
        let state = try await live.state()
        let facts = try await live.deployments.facts(for: state)
        guard case .closed(let reasons) = state.verdict(of: .phase("deploy"), given: facts) else {
            return true
        }
        return !reasons.contains { if case .signOffMissing = $0 { true } else { false } }
    }

    // MARK: What is taken

    @Test func aSignatureByAnEnrolledKeyOpensAProductionGate() async throws {
        let live = try await started()
        try await live.sign("qa", .approved, by: .person("lena"))
        #expect(try await !isOpen(live), "an unsigned approval")
        let prepared = try await live.prepare("qa", .approved, by: "lena", reason: "green")
        #expect(prepared.statement.signer == "lena@example.com")
        let signature = try lena.signature(over: prepared.statement.message)
        try await live.submit(
            prepared.statement.signed(signature),
            reason: prepared.reason,
            verifiers: TestVerifier.both
        )
        #expect(try await isOpen(live))
        let signOff = try #require(try await live.state().signOffs.last)
        #expect(signOff.actor == Actor(id: "lena@example.com", assurance: .sshKey))
        #expect(try SignOff(json: signOff.json) == signOff)
        let reason = try #require(signOff.reason)
        #expect(try await live.deployments.text(of: reason) == "green")
        #expect(!String(decoding: prepared.statement.payload, as: UTF8.self).contains("green"))
    }

    @Test func aServiceSignsWithItsKey() async throws {
        let live = try await started()
        try await live.sign(
            "qa",
            .approved,
            as: "bot",
            with: TestSigner(bot),
            verifiers: TestVerifier.both
        )
        #expect(try await live.state().signOffs.last?.actor.assurance == .serviceKey)
        #expect(try await isOpen(live))
    }

    @Test func theStateIsReadBackFromTheLogAlone() async throws {
        let store = InMemoryAuditStore()
        let deployments = Deployments(store: store, clock: FixedClock())
        try await deployments.apply(directory(), by: .person("tom"))
        let live = try await deployments.start(
            Self.checklist(.signOffs(.one(of: "QA"))),
            environment: "production",
            version: "1",
            by: .person("tom")
        )
        let prepared = try await live.prepare("qa", .approved, by: "lena")
        let signature = try lena.signature(over: prepared.statement.message)
        try await live.submit(prepared.statement.signed(signature), verifiers: TestVerifier.both)
        let again = try await Deployments(store: store).state(of: live.id)
        #expect(try await live.state() == again)
    }

    // MARK: What is not

    @Test func aSignatureThatDoesNotFitIsRefused() async throws {
        let live = try await started()
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        let message = statement.message
        let good = try lena.signature(over: message)
        let cases: [(String, SSHSignature)] = [
            ("over another message", try lena.signature(over: message + [0])),
            ("by another person's key", try olga.signature(over: message)),
            ("by a key that nobody has", try TestKey("mallory").signature(over: message)),
            ("for git", try lena.signature(over: message, for: "git")),
            ("for the directory", try lena.signature(over: message, for: "directory@deploykit")),
        ]
        for (name, signature) in cases {
            let code = try await code(live, statement.signed(signature))
            #expect(code == .signatureRefused, "\(name)")
        }
        let twice = SignedStatement(
            payload: statement.payload,
            signatures: [
                .init(keyID: good.key.fingerprint, bytes: good.blob),
                .init(keyID: "other", bytes: good.blob),
            ]
        )
        #expect(try await code(live, twice) == .signatureRefused)
        let renamed = SignedStatement(
            payload: statement.payload,
            signatures: [.init(keyID: try olga.ssh.id, bytes: good.blob)]
        )
        #expect(try await code(live, renamed) == .signatureRefused)
        #expect(try await live.state().signOffs.isEmpty)
        #expect(try await code(live, statement.signed(good)) == nil)
    }

    @Test(arguments: ["expired", "not yet valid", "revoked"])
    func aKeyOutsideItsTimeIsRefused(why: String) async throws {
        let (before, after) = (
            Timestamp(milliseconds: 1_000_000), Timestamp(milliseconds: 4_000_000_000_000)
        )
        let key =
            switch why {
            case "expired": try lena.ssh(until: before)
            case "revoked": try lena.ssh(revoked: before)
            default: try lena.ssh(from: after)
            }
        let live = try await started(.signOffs(.one(of: "QA")), try directory(key))
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        let signature = try lena.signature(over: statement.message)
        #expect(try await code(live, statement.signed(signature)) == .signatureRefused)
    }

    @Test func whatWasSignedBeforeAWithdrawalCountsNoMore() async throws {
        let clock = FixedClock()
        let live = try await started(clock: clock)
        let first = try await live.prepare("qa", .approved, by: "lena").statement
        let second = try await live.prepare("qa", .approved, by: "lena").statement
        #expect(try await code(live, first.signed(lena.signature(over: first.message))) == nil)
        clock.advance(by: .milliseconds(1))
        try await live.perform(.withdraw("qa", reason: "a fault"), by: .person("lena"))
        let late = try second.signed(lena.signature(over: second.message))
        #expect(try await code(live, late) == .conflict)
        #expect(try await !isOpen(live))
        let anew = try await live.prepare("qa", .approved, by: "lena").statement
        #expect(try await code(live, anew.signed(lena.signature(over: anew.message))) == nil)
    }

    @Test func aStatementServesOnceAndWhereItWasMade() async throws {
        let live = try await started()
        let other = try await started()
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        let envelope = try statement.signed(lena.signature(over: statement.message))
        #expect(try await code(other, envelope) == .conflict, "another log")
        let sibling = try await live.deployments.start(
            Self.checklist(.signOffs(.one(of: "QA"))),
            environment: Environment("staging", tier: .test),
            version: "1",
            by: .person("tom")
        )
        #expect(try await code(sibling, envelope) == .conflict, "another deployment")
        #expect(try await code(live, envelope) == nil)
        let repeated = try await live.submit(envelope, verifiers: TestVerifier.both)
        #expect(!repeated.hasChanged)
        try await live.perform(.withdraw("qa", reason: "too early"), by: .person("lena"))
        #expect(try await code(live, envelope) == .conflict, "a withdrawn approval comes back")
        #expect(try await !isOpen(live))
        let anew = try await live.prepare("qa", .approved, by: "lena").statement
        let signature = try lena.signature(over: anew.message)
        #expect(try await code(live, anew.signed(signature)) == nil)
    }

    @Test func aStatementOfAnEarlierRoundIsStale() async throws {
        let checklist = try Checklist("Orders") {
            Phase("Check") { Item("Look", .command("true"), id: "look", effect: .irreversible) }
            Phase("Deploy", gate: .signOffs(.two(of: "QA"))) { Item("Deploy", id: "deploy") }
        }
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        try await deployments.apply(directory(), by: .person("tom"))
        let live = try await deployments.start(
            checklist,
            environment: "production",
            version: "1",
            by: .person("tom")
        )
        try await live.perform(.begin("look", runner: nil), by: .person("tom"))
        try await live.perform(
            .finish("look", attempt: 1, AttemptOutcome(.passed)),
            by: .person("tom")
        )
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        try await live.sign("qa", .rejected, by: .person("olga@example.com"), reason: "no")
        try await live.perform(
            .reopenGate(.phase("deploy"), reason: "fixed"),
            by: .person("tom")
        )
        let envelope = try statement.signed(lena.signature(over: statement.message))
        #expect(try await code(live, envelope) == .conflict)
    }

    @Test func anEditedStatementIsNoneThatWasSigned() async throws {
        let live = try await started()
        let prepared = try await live.prepare("qa", .rejected, by: "lena", reason: "broken")
        let signature = try lena.signature(over: prepared.statement.message)
        let text = String(decoding: prepared.statement.payload, as: UTF8.self)
        for (old, new) in [
            ("\"rejected\"", "\"approved\""), ("\"round\":1", "\"round\":2"),
            ("{\"_type\"", "{ \"_type\""), ("lena@example.com", "olga@example.com"),
        ] {
            let edited = SignedStatement(
                payload: Array(text.replacing(old, with: new).utf8),
                signatures: [.init(keyID: signature.key.fingerprint, bytes: signature.blob)]
            )
            #expect(
                try await code(live, edited, reason: prepared.reason) == .signatureRefused,
                "\(new)"
            )
        }
        let other = Blob(
            digest: try #require(prepared.reason).digest,
            salt: try #require(prepared.reason).salt,
            bytes: Array("fine  ".utf8)
        )
        let envelope = prepared.statement.signed(signature)
        #expect(try await code(live, envelope, reason: other) == .signatureRefused)
        #expect(try await code(live, envelope) == .signatureRefused, "without the reason")
    }

    @Test func aReasonFileIsReadAsItWasWritten() async throws {
        let live = try await started()
        let prepared = try await live.prepare("qa", .rejected, by: "lena", reason: "é\n\"no\"")
        let file = try #require(prepared.reasonFile)
        #expect(try PreparedSignOff.reason(reading: file) == prepared.reason)
        #expect(throws: JSONError.self) { try PreparedSignOff.reason(reading: file.dropLast(3)) }
    }

    // MARK: What stops counting

    @Test func aKeyThatWasInOtherHandsTakesItsSignaturesAlong() async throws {
        let live = try await started()
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        let envelope = try statement.signed(lena.signature(over: statement.message))
        #expect(try await code(live, envelope) == nil)
        let signed = try #require(try await live.state().signOffs.last)
        let moment = try #require(try await live.state().moment(of: signed))
        let later = try directory(lena.ssh(revoked: moment + .seconds(1)))
        try await live.deployments.apply(later, by: .person("tom"))
        #expect(try await isOpen(live), "signed before it was revoked")
        let since = try directory(lena.ssh(revoked: moment))
        try await live.deployments.apply(since, by: .person("tom"))
        #expect(try await !isOpen(live))
    }

    @Test func anApprovalExpiresAndIsGivenAnew() async throws {
        let clock = FixedClock()
        let live = try await started(
            .signOffs(.one(of: "QA", assurance: .asserted, validFor: .seconds(3600))),
            clock: clock
        )
        try await live.sign("qa", .approved, by: .person("lena"))
        clock.advance(by: .seconds(3600))
        #expect(try await isOpen(live))
        clock.advance(by: .seconds(1))
        #expect(try await !isOpen(live))
        #expect(try await live.sign("qa", .approved, by: .person("lena")).hasChanged)
        #expect(try await isOpen(live))
    }

    // MARK: Past the rules

    /// Whoever may write the store's file puts an event there: it opens the gate of a reader that
    /// trusts the file, and is found by whoever judges the signatures.
    @Test(arguments: [false, true])
    func anEventThatNobodySignedIsFound(isSigned: Bool) async throws {
        let live = try await started()
        let statement = try await live.prepare("qa", .approved, by: "lena").statement
        let key = isSigned ? lena : TestKey("mallory")
        let signature = try key.signature(over: statement.message)
        let envelope = SignedStatement(
            payload: statement.payload,
            signatures: [.init(keyID: try lena.ssh.id, bytes: signature.blob)]
        )
        let actor = Actor(id: "lena@example.com", assurance: .sshKey)
        let signOff = SignOff(
            slot: "qa",
            gate: statement.gate,
            round: 1,
            decision: .approved,
            actor: actor,
            person: actor.id,
            authority: .directory,
            reason: nil,
            checklist: statement.subject.checklist,
            subject: statement.subject.digest,
            head: statement.head,
            proof: try SignOffProof(envelope)
        )
        let deployments = live.deployments
        let clock = FixedClock()
        try await deployments.log.append(
            [
                NewEntry(
                    stream: .deployment(live.id),
                    kind: "gate-opened",
                    body: .members([
                        "gate": statement.gate.json, "round": 1.json, "actor": actor.json,
                        "terms": try await live.state().terms(
                            of: statement.gate,
                            given: deployments.facts(for: live.state())
                        ).json,
                    ])
                ),
                NewEntry(
                    stream: .deployment(live.id),
                    kind: "signed-off",
                    body: .members(["signOff": signOff.json, "actor": actor.json])
                ),
            ],
            at: clock.now(),
            entropy: SystemEntropy().next()
        )
        #expect(try await isOpen(live))
        let faults = try await deployments.signatureFaults(
            of: live.state(),
            verifiers: TestVerifier.both
        )
        #expect(faults.isEmpty == isSigned, "\(faults)")
    }

    /// An event that claims a key and shows no statement about itself cannot be read at all.
    @Test func aClaimWithoutAStatementIsDamage() async throws {
        let live = try await started()
        try await live.sign("qa", .approved, by: .person("lena"))
        let signOff = try #require(try await live.state().signOffs.last)
        guard case .object(var members) = signOff.json else { return }
        members["actor"] = Actor(id: "lena@example.com", assurance: .sshKey).json
        #expect(throws: JSONError.self) { try SignOff(json: .object(members)) }
        let statement = try await live.prepare("qa", .approved, by: "olga@example.com").statement
        let other = try statement.signed(olga.signature(over: statement.message))
        members["statement"] = other.json
        #expect(throws: JSONError.self) { try SignOff(json: .object(members)) }
    }

    // MARK: Names

    @Test(
        arguments: [
            "le\u{301}na@example.com", "L\u{C9}NA@example.com", "tom\u{202E}@example.com",
            "to\u{1B}[31mm", "tom ", "", "a\nb", String(repeating: "x", count: 255),
        ]
    )
    func aNameThatLooksLikeAnotherOrCannotBeSeenDoesNotSign(name: String) async throws {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        let live = try await deployments.start(
            Self.checklist(.signOffs(.two(of: "QA"))),
            environment: Environment("staging", tier: .test),
            version: "1",
            by: .person("l\u{E9}na@example.com")
        )
        do throws(DeploymentError) {
            try await live.sign("qa", .approved, by: .person(ActorID(name)))
            Issue.record("'\(name)' signed")
        } catch {
            #expect(error.refusal?.code == .nameRefused)
        }
    }
}
