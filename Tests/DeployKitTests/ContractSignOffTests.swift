// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What happens around a registry that several write to, and that people sign for.
@Suite struct ContractSignOffTests {
    private let lena = Actor.person("lena@example.com")
    private let tom = Actor.person("tom@example.com")

    private func slot(_ name: ContractSlot.Name = "VESTING_CONTRACT_ID") throws -> ContractSlot {
        try ContractSlot(name, title: "Vesting", kind: .stellarContract)
    }

    private func claim(_ number: UInt8) throws -> ContractClaim {
        try ContractClaim(
            ContractWorld.id(number, on: .stellarTestnet),
            in: slot(),
            provenance: .manual
        )
    }

    private func deployments() -> Deployments {
        Deployments(store: InMemoryAuditStore(), clock: FixedClock())
    }

    @Test func c16AStatementThatWasSignedBeforeAChangeIsRefused() async throws {
        let (deployments, staging) = (deployments(), try ContractWorld.staging())
        let key = TestKey("lena")
        let people = [
            Directory.Person(id: "lena@example.com", roles: ["QA"], keys: [try key.ssh])
        ]
        try await deployments.apply(Directory(people: people), by: tom)
        let checklist = try Checklist("Vesting", signOffs: [.one(of: "QA")]) {
            DeployKit.Phase("Deploy") {
                Item(
                    "Deploy vesting",
                    .capture("VESTING_CONTRACT_ID", from: .command("deploy")),
                    effect: .irreversible
                )
            }
        }
        let live = try await deployments.start(
            checklist,
            environment: staging,
            version: "1",
            by: tom
        )
        func hand(in statement: SignOffStatement) async -> Refusal.Code? {
            do {
                let envelope = try statement.signed(key.signature(over: statement.message))
                try await live.submit(envelope, verifiers: TestVerifier.both)
                return nil
            } catch {
                return (error as? DeploymentError)?.refusal?.code
            }
        }
        try await deployments.perform(.record(claim(1), allowing: []), in: staging, by: tom)
        let early = try await live.prepare("qa", .approved, by: lena.id).statement
        try await deployments.perform(
            .record(claim(2), allowing: [.replacing]),
            in: staging,
            by: tom
        )
        #expect(await hand(in: early) == .conflict)
        #expect(try await live.state().signOffs.isEmpty)
        let anew = try await live.prepare("qa", .approved, by: lena.id).statement
        #expect(anew.contracts != nil && anew.contracts != early.contracts)
        #expect(await hand(in: anew) == nil)
    }

    @Test func c16AChangeAfterASignOffMakesItStale() async throws {
        let deployments = deployments()
        let staging = try ContractWorld.staging()
        let checklist = try Checklist("Vesting", signOffs: [.one(of: "QA")]) {
            DeployKit.Phase("Deploy") {
                Item(
                    "Deploy vesting",
                    .capture("VESTING_CONTRACT_ID", from: .command("deploy")),
                    effect: .irreversible
                )
                Item("Look")
            }
        }
        let live = try await deployments.start(
            checklist,
            environment: staging,
            version: "1",
            by: tom
        )
        try await deployments.perform(
            .record(claim(1), allowing: []),
            in: staging,
            by: tom
        )
        try await live.sign("QA", .approved, by: lena)
        func isStale() async throws -> Bool {
            let state = try await live.state()
            let facts = try await deployments.facts(for: state)
            let signOff = try #require(state.signOffs.last)
            let reasons: [GateReason]
            switch state.verdict(of: .completion, given: facts) {
            case .open: reasons = []
            case .closed(let list), .inconclusive(let list): reasons = list
            }
            let isNamed = reasons.contains {
                if case .signOffStale("qa", by: ["lena@example.com"], .contractsChanged) = $0 {
                    true
                } else {
                    false
                }
            }
            #expect(isNamed == state.isStale(signOff, given: facts))
            return isNamed
        }
        #expect(try await !isStale())
        // What is found out about the same contract changes nothing that was signed.
        try await deployments.perform(
            .record(
                ContractClaim(
                    ContractWorld.id(1, on: .stellarTestnet),
                    in: slot(),
                    details: [.evidence(.init(kind: .smokeRead, result: .pass))],
                    provenance: .manual
                ),
                allowing: []
            ),
            in: staging,
            by: tom
        )
        #expect(try await !isStale())
        try await deployments.perform(
            .record(claim(2), allowing: [.replacing]),
            in: staging,
            by: tom
        )
        #expect(try await isStale())
        try await live.sign("QA", .approved, by: lena)
        #expect(try await !isStale())
        #expect(try await live.state().signOffs.count == 2)
        try await deployments.perform(.revoke(2, .defective), in: staging, by: tom)
        #expect(try await isStale())
    }

    @Test func c16ACaptureInTheSameStepAsTheEndCountsAlready() throws {
        var trial = try Trial(
            Checklist("Vesting", signOffs: [.one(of: "QA")]) {
                DeployKit.Phase("Deploy") {
                    Item(
                        "Deploy vesting",
                        .capture("VESTING_CONTRACT_ID", from: .command("deploy")),
                        effect: .irreversible
                    )
                }
            }
        )
        try trial.perform(.sign("qa", .approved, reason: nil))
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        let id = try ContractWorld.id(1, on: .stellarTestnet)
        try trial.perform(
            .finish("deploy/deploy-vesting", attempt: 1, AttemptOutcome(.captured(id)))
        )
        // The approval was given before there was a contract.
        #expect(trial.deployment.status == .active)
        try trial.perform(.sign("qa", .approved, reason: nil))
        #expect(trial.deployment.status == .completed)
    }

    @Test func anIDThatTheRegistryRefusesLeavesADoubtAndNoBlindRetry() throws {
        var trial = try Trial(.vesting())
        try trial.perform(.begin("prepare/build", runner: nil))
        try trial.perform(.finish("prepare/build", attempt: 1, AttemptOutcome(.passed)))
        try trial.perform(.complete("prepare/review", note: nil, evidence: []))
        try trial.perform(.skip("prepare/texts-for-sms", reason: "off"))
        try trial.perform(.begin("deploy/deploy-vesting", runner: nil))
        // The same contract stands in the registry of another network's environment.
        let text = try ContractWorld.id(1, on: .stellarTestnet).text
        var other = ContractRegistry(environment: "production")
        let production = try ContractWorld.production()
        try other.apply(
            all: other.record(
                ContractID(text, on: .stellarMainnet),
                in: slot(),
                of: production
            ).events
        )
        trial.registries["production"] = other
        let id = try ContractID(text, on: .stellarTestnet)
        try trial.perform(
            .finish("deploy/deploy-vesting", attempt: 1, AttemptOutcome(.captured(id)))
        )
        #expect(trial.state("deploy/deploy-vesting") == .inDoubt(1))
        #expect(trial.deployment.items["deploy/deploy-vesting"]?.cause == .noContract)
        #expect(trial.decide(.begin("deploy/deploy-vesting", runner: nil)).refusal != nil)
    }

    @Test(arguments: 1...10)
    func c13OfManyWritersExactlyOneSucceeds(round: Int) async throws {
        let store = InMemoryAuditStore()
        let staging = try ContractWorld.staging()
        let claims = try (1...12 as ClosedRange<UInt8>).map { try claim($0) }
        let tom = tom
        let outcomes = await withTaskGroup { group in
            for claim in claims {
                group.addTask { () -> String in
                    let writer = Deployments(store: store, clock: FixedClock())
                    do throws(DeploymentError) {
                        try await writer.perform(
                            .record(claim, allowing: []),
                            in: staging,
                            by: tom
                        )
                        return "done"
                    } catch {
                        guard case .refused(let refusal) = error.cause else { return "\(error)" }
                        return refusal.code.rawValue
                    }
                }
            }
            var outcomes: [String] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes.count { $0 == "done" } == 1)
        #expect(outcomes.count { $0 == "conflict" } == claims.count - 1, "\(outcomes)")
        let registry = try await Deployments(store: store).contracts(of: "staging")
        #expect(registry.records.count == 1)
    }

    @Test func c13AWriterWhoComesBetweenReadingAndWritingIsNotOverwritten() async throws {
        let store = InMemoryAuditStore()
        let staging = try ContractWorld.staging()
        let (mine, theirs) = (try claim(1), try claim(2))
        let tom = tom
        let interruption = Interruption {
            let other = Deployments(store: store, clock: FixedClock())
            do {
                try await other.perform(.record(theirs, allowing: []), in: staging, by: tom)
            } catch {
                Issue.record("\(error)")
            }
        }
        let edited = EditedStore(base: store, interruption: interruption)
        let error = await #expect(throws: DeploymentError.self) {
            try await Deployments(store: edited, clock: FixedClock()).perform(
                .record(mine, allowing: []),
                in: staging,
                by: tom
            )
        }
        guard case .refused(let refusal) = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.code == .conflict)
        let registry = try await Deployments(store: store).contracts(of: "staging")
        #expect(registry.records.map(\.id) == [theirs.id])
    }

    @Test func c3ReplayingTheLogGivesTheSameRegistry() async throws {
        let store = InMemoryAuditStore()
        let staging = try ContractWorld.staging()
        let deployments = Deployments(store: store, clock: FixedClock())
        for number in 1...4 as ClosedRange<UInt8> {
            try await deployments.perform(
                .record(claim(number), allowing: [.replacing]),
                in: staging,
                by: tom
            )
        }
        try await deployments.perform(.restore(2), in: staging, by: tom)
        let known = try await deployments.contracts(of: "staging")
        let replayed = try await Deployments(store: store).contracts(of: "staging")
        #expect(replayed == known)
        #expect(known.record(2)?.status == .active)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func c4AnEditedEntryOfTheRegistryIsFound(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let store = InMemoryAuditStore()
        let staging = try ContractWorld.staging()
        let deployments = Deployments(store: store, clock: FixedClock())
        for number in 1...3 as ClosedRange<UInt8> {
            try await deployments.perform(
                .record(claim(number), allowing: [.replacing]),
                in: staging,
                by: tom
            )
        }
        let position = Int.random(in: 0..<(await store.count()), using: &random)
        let record = try #require(await store.records(in: position..<position + 1).first)
        let place = Int.random(in: record.body.indices, using: &random)
        let edited = EditedStore(base: store) { record in
            guard record.position == position else { return record }
            var body = record.body
            body[place] ^= 1
            return AuditRecord(
                position: record.position,
                stream: record.stream,
                revision: record.revision,
                header: record.header,
                salt: record.salt,
                body: body
            )
        }
        let report = try await AuditLog(store: edited, origin: "x").verify()
        #expect(report.verdict == .invalid)
        let clean = try await AuditLog(store: store, origin: "x").verify()
        #expect(clean.verdict != .invalid)
    }

    @Test func aKeyGivesOneChangeHoweverOftenItIsUsed() async throws {
        let deployments = deployments()
        let staging = try ContractWorld.staging()
        let command = ContractCommand.record(try claim(1), allowing: [])
        #expect(try await deployments.perform(command, in: staging, by: tom, key: "k").hasChanged)
        try await deployments.perform(.revoke(1, .mistaken), in: staging, by: tom)
        let again = try await deployments.perform(command, in: staging, by: tom, key: "k")
        #expect(!again.hasChanged)
        let error = await #expect(throws: DeploymentError.self) {
            try await deployments.perform(.restore(1), in: staging, by: tom, key: "k")
        }
        guard case .keyReused = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func everySnapshotCanBeFoundAgain() async throws {
        let deployments = deployments()
        let staging = try ContractWorld.staging()
        for number in 1...3 as ClosedRange<UInt8> {
            try await deployments.perform(
                .record(claim(number), allowing: [.replacing]),
                in: staging,
                by: tom
            )
        }
        let snapshots = try await deployments.contractSnapshots(of: staging)
        #expect(snapshots.map { $0.entries.map(\.record) } == [[], [1], [2], [3]])
        try await deployments.perform(.rollBack(to: snapshots[1]), in: staging, by: tom)
        let after = try await deployments.contracts(of: "staging").contents(of: staging)
        #expect(after.digest == snapshots[1].digest)
        #expect(
            try EnvironmentFile(after).text(in: .portable)
                == EnvironmentFile(snapshots[1]).text(in: .portable)
        )
    }
}
