// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// A gate that was consumed is decided anew: whoever opened it with entries that are gone left the
/// entry that consumed it.
@Suite struct GateFaultTests {
    private static func deployments(_ store: any AuditStore, seed: UInt64) -> Deployments {
        Deployments(
            store: store,
            origin: "deploykit.test",
            clock: FixedClock(),
            entropy: SeededEntropy(seed: seed)
        )
    }

    private static func faults(in store: any AuditStore) async throws -> [String] {
        let deployments = deployments(store, seed: 99)
        let report = try await deployments.log.verify()
        return try await deployments.gateFaults(at: report.gates).map {
            "\($0.position): \($0.message)"
        }
    }

    /// Two deployments whose histories alternate, by commands of which most are refused.
    private static func history(_ seed: UInt64) async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let deployments = deployments(store, seed: seed)
        var random = SplitMix64(seed: seed)
        let names = ["a@x.example", "b@x.example", "c@x.example"]
        try await deployments.apply(
            Directory(people: [
                .init(id: "a@x.example", roles: ["QA", "Ops"]),
                .init(id: "b@x.example", roles: ["Ops"]), .init(id: "c@x.example", roles: ["QA"]),
            ]),
            by: .person("a@x.example")
        )
        var live: [LiveDeployment] = []
        for name in ["staging", "canary"] {
            live.append(
                try await deployments.start(
                    DeploymentInvariantTests.checklist(&random),
                    environment: Environment(
                        Environment.ID(name),
                        tier: .test,
                        networks: [.stellarTestnet]
                    ),
                    version: "1.4.2",
                    by: .person("d@x.example")
                )
            )
        }
        for step in 0..<100 {
            let one = live[step % 2]
            let state = try await one.state()
            // Two of three steps go on, so that gates are reached.
            let open = state.outline.leaves.first { entry in
                state.items[entry.item.id]?.state.isSatisfying != true
            }
            let slots = state.checklist.signOffSlots.map(\.id)
            let slot = slots[Int.random(in: slots.indices, using: &random)]
            let command: DeploymentCommand =
                switch (step / 2 % 3, open?.item) {
                case (0, let item?) where item.isWaivable: .waive(item.id, reason: "not now")
                case (0, let item?): .complete(item.id, note: nil, evidence: [])
                case (1, _): .sign(slot, .approved, reason: nil)
                default: try DeploymentInvariantTests.command(for: state, &random)
                }
            let name = names[Int.random(in: names.indices, using: &random)]
            do {
                try await one.perform(command, by: .person(ActorID(name)))
            } catch {
                #expect(error.refusal != nil, "\(error)")
            }
        }
        return store
    }

    /// Invariant: what the rules made, the rules make again from the entries alone.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func everyGateOfAnHonestLogIsOpenAgain(seed: UInt64) async throws {
        #expect(try await Self.faults(in: Self.history(seed)) == [])
    }

    @Test func theHonestHistoriesConsumeGates() async throws {
        var consumed = 0
        for seed in 1...12 as ClosedRange<UInt64> {
            let log = AuditLog(store: try await Self.history(seed), origin: "")
            consumed += try await log.verify().kinds["gate-consumed"] ?? 0
        }
        #expect(consumed >= 5)
    }

    /// A log in which an approval consumed a gate, written anew with `edit` in between.
    private static func rewritten(
        _ edit: (AuditEntry) -> JSONValue?
    ) async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let deployments = deployments(store, seed: 1)
        let live = try await deployments.start(
            .vesting(gate: .signOffs(.one(of: "QA", assurance: .asserted))),
            environment: Trial.staging(),
            version: "1.4.2",
            by: .person("lena@example.com")
        )
        for command: DeploymentCommand in [
            .waive("prepare/build", reason: "built"),
            .complete("prepare/review", note: nil, evidence: []),
            .skip("prepare/texts-for-sms", reason: "off"),
            .sign("qa", .approved, reason: nil),
            .begin("deploy/deploy-vesting", runner: nil),
        ] {
            try await live.perform(command, by: .person("tom@example.com"))
        }
        let copy = InMemoryAuditStore()
        let log = AuditLog(store: copy, origin: "deploykit.test")
        for entry in try await deployments.log.entries(in: 1..<100) {
            guard let body = edit(entry) else { continue }
            let digests =
                entry.attachments.map(\.digest) + entry.definitions.map(\.digest)
            var blobs: [Blob] = []
            for digest in digests {
                if let blob = await store.blob(digest) { blobs.append(blob) }
            }
            try await log.append(
                [NewEntry(stream: entry.stream, kind: entry.kind, body: body)],
                at: entry.at,
                entropy: entropy(entry.position),
                blobs: blobs
            )
        }
        return copy
    }

    @Test func aGateThatItsApprovalOpenedIsNoFault() async throws {
        #expect(try await Self.faults(in: Self.rewritten { $0.body }) == [])
    }

    @Test func aGateWhoseApprovalIsGoneIsAFault() async throws {
        let store = try await Self.rewritten { $0.kind == "signed-off" ? nil : $0.body }
        let faults = try await Self.faults(in: store)
        #expect(faults.count == 1)
        #expect(
            faults.first?.hasSuffix(
                "the gate 'phase/deploy' is consumed and was not open: sign-off 'QA' (0 of 1)"
            ) == true,
            "\(faults)"
        )
    }

    @Test func aGateThatWasOpenedForLessIsAFault() async throws {
        let store = try await Self.rewritten { entry in
            guard entry.kind == "gate-opened", case .object(var members) = entry.body,
                case .object(var terms)? = members["terms"]
            else { return entry.kind == "signed-off" ? nil : entry.body }
            terms["slots"] = nil
            members["terms"] = .object(terms)
            return .object(members)
        }
        let faults = try await Self.faults(in: store)
        #expect(faults.count == 1 && faults[0].contains("other signatures"), "\(faults)")
    }

    @Test func aGateThatWasNeverOpenedIsAFault() async throws {
        let store = try await Self.rewritten { $0.kind == "gate-opened" ? nil : $0.body }
        let faults = try await Self.faults(in: store)
        #expect(faults.count == 1 && faults[0].contains("was never opened"), "\(faults)")
    }

    @Test func aGateThatIsOpenedTwiceIsAFault() async throws {
        let store = try await Self.rewritten { $0.body }
        let log = AuditLog(store: store, origin: "")
        let entries = try await log.entries(in: 1..<100)
        let opened = try #require(entries.first { $0.kind == "gate-opened" })
        try await log.append(
            [NewEntry(stream: opened.stream, kind: opened.kind, body: opened.body)],
            at: opened.at,
            entropy: entropy(500)
        )
        let faults = try await Self.faults(in: store)
        #expect(faults.count == 1 && faults[0].contains("open for signatures before"), "\(faults)")
    }
}
