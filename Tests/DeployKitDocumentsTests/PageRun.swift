// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting

/// A deployment of a page, and the page with its state.
struct PageRun {
    let live: LiveDeployment

    init(live: LiveDeployment) { self.live = live }

    init(of page: [UInt8], version: String = "1") async throws {
        try await self.init(
            of: try ChecklistDocument(markdown: page).checklist,
            version: version
        )
    }

    init(of checklist: Checklist, version: String = "1") async throws {
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "writeback.test",
            clock: FixedClock()
        )
        live = try await deployments.start(
            checklist,
            environment: Environment("staging", tier: .test, networks: [.stellarTestnet]),
            version: version,
            by: .person("rita@example.com")
        )
    }

    /// A page with the state of the deployment.
    func written(into page: [UInt8]) async throws -> [UInt8] {
        let state = try await live.state()
        var texts: [Digest: String] = [:]
        for field in state.fields.values {
            texts[field.value.digest] = try await live.deployments.text(of: field.value)
        }
        return try WriteBack(into: page).patched(with: state, texts: texts)
    }

    /// Does something to one item or slot or field of the deployment, whatever is allowed.
    func step(using random: inout SplitMix64) async throws {
        let state = try await live.state()
        let awkward = [
            "lena", "a--b", "<x>", "o|p", "q`r", "ü@例え.example", "-->", "_x_", "[x] ☐", "evm",
        ]
        func word() -> String { awkward[Int.random(in: awkward.indices, using: &random)] }
        let who = Actor.person(ActorID(word()))
        let leaves = state.outline.leaves
        let item = leaves[Int.random(in: leaves.indices, using: &random)].item.id
        var commands: [DeploymentCommand] = [
            .complete(item, note: word(), evidence: []), .waive(item, reason: word()),
            .skip(item, reason: word()), .fail(item, reason: word()), .reopen(item, reason: word()),
        ]
        if let slot = state.checklist.signOffSlots.randomElement(using: &random) {
            commands.append(.sign(slot.id, .approved, reason: word()))
            commands.append(.withdraw(slot.id, reason: word()))
        }
        if let field = state.checklist.fields.randomElement(using: &random) {
            commands.append(.set(field.id, word()))
        }
        let command = commands[Int.random(in: commands.indices, using: &random)]
        do throws(DeploymentError) {
            try await live.perform(command, by: who)
        } catch {
            // Refused: the next one may fit.
            guard error.refusal != nil else { throw error }
        }
    }

    /// Does every item, signs every slot, fills every field and records every contract, as far as
    /// the gates let it.
    func doEverything() async throws {
        let state = try await live.state()
        let who = Actor.person("lena@example.com")
        for field in state.checklist.fields { try await attempt(.set(field.id, "Seven"), by: who) }
        let contract = try ContractID(
            "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
            on: .stellarTestnet
        )
        for slot in state.checklist.contractSlots {
            try await attempt(.recordContract(slot.name, contract), by: who)
        }
        // Signatures open what items wait for, and the other way round.
        for _ in 0..<state.checklist.phases.count + 2 {
            for (index, slot) in state.checklist.signOffSlots.enumerated() {
                let person = ActorID("signer-\(index)@example.com")
                try await attempt(.sign(slot.id, .approved, reason: nil), by: .person(person))
            }
            for leaf in state.outline.leaves {
                try await attempt(.complete(leaf.item.id, note: nil, evidence: []), by: who)
            }
        }
    }

    private func attempt(_ command: DeploymentCommand, by who: Actor) async throws {
        do throws(DeploymentError) {
            try await live.perform(command, by: who)
        } catch {
            guard error.refusal != nil else { throw error }
        }
    }
}
