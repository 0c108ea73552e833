// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What a registry keeps besides the ID: instances, code, how a contract came to be.
@Suite struct ContractFactsTests {
    private func code(_ number: UInt8) throws -> ContractDetail {
        let digest = try #require(Digest(bytes: [UInt8](repeating: number, count: 32)))
        return .code(.init(kind: .wasm, digest: digest, version: "\(number)"))
    }

    private func registry(
        _ number: UInt8 = 1,
        _ details: [ContractDetail] = []
    ) throws -> ContractRegistry {
        var registry = ContractRegistry(environment: "staging")
        let decision = try registry.record(
            ContractWorld.id(number, on: .stellarTestnet),
            in: ContractWorld.slots()[0],
            of: ContractWorld.staging(),
            details: details
        )
        try registry.apply(all: decision.events)
        return registry
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c8AnUpgradeInPlaceAppendsCodeAndKeepsIDAndSlot(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var registry = try registry()
        let before = try #require(registry.record(1))
        var expected: [ContractDetail.Code] = []
        for _ in 0..<12 {
            let detail = try code(UInt8.random(in: 1...3, using: &random))
            let decision = try registry.record(
                before.id,
                in: ContractWorld.slots()[0],
                of: ContractWorld.staging(),
                details: [detail]
            )
            try registry.apply(all: decision.events)
            guard case .code(let code) = detail else { continue }
            // The code that runs already is no news; an earlier one is a step back, which is.
            #expect(decision.isAlready == (expected.last == code))
            if expected.last != code { expected.append(code) }
        }
        let after = try #require(registry.record(1))
        #expect(registry.records.count == 1)
        #expect(after.codes == expected)
        #expect((after.id, after.slot) == (before.id, before.slot))
        #expect(try ContractRecord(json: after.json) == after)
    }

    @Test func howAContractCameToBeIsSaidOnce() throws {
        let deployment = ContractDetail.deployment(.init(transaction: "ab", height: 7))
        let how = ContractDetail.initialisation(.init(method: .call, administrator: "GA…"))
        let registry = try registry(1, [deployment, how])
        func again(_ details: [ContractDetail]) throws -> ContractRegistry.Decision {
            try registry.record(
                ContractWorld.id(1, on: .stellarTestnet),
                in: ContractWorld.slots()[0],
                of: ContractWorld.staging(),
                details: details
            )
        }
        #expect(try again([deployment, how]).isAlready)
        for other: ContractDetail in [
            .deployment(.init(transaction: "cd")), .initialisation(.init(method: .constructor)),
        ] {
            let error = #expect(throws: ContractRegistryError.self) { try again([other]) }
            #expect(error?.code == .conflict)
        }
        let seen = ContractDetail.Evidence(kind: .codeHash, result: .pass, source: "cli 22")
        let failed = ContractDetail.Evidence(kind: .codeHash, result: .fail, source: "cli 22")
        var observed = registry
        for evidence in [seen, seen, failed, seen] {
            let decision = try observed.record(
                ContractWorld.id(1, on: .stellarTestnet),
                in: ContractWorld.slots()[0],
                of: ContractWorld.staging(),
                details: [.evidence(evidence)]
            )
            try observed.apply(all: decision.events)
        }
        #expect(observed.record(1)?.evidence == [seen, failed, seen])
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func c7AKnownDerivationGivesTheIDOnItsOwnNetworkOnly(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let networks: [Network] = [
            .stellarMainnet, .stellarTestnet, .stellarFuturenet, .stellarLocal,
        ]
        let deployer = try StrKey(
            Bool.random(using: &random) ? .account : .contract,
            payload: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        )
        let salt = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        let derivation = ContractID.Derivation.address(deployer, salt: salt)
        #expect(try ContractID.Derivation(json: derivation.json) == derivation)
        for network in networks {
            let id = try ContractID(derivedFrom: derivation, on: network)
            try id.check(derivedFrom: derivation, on: network)
            for other in networks where other != network {
                let misplaced = try ContractID(id.text, on: other)
                let error = #expect(throws: ContractIDError.self) {
                    try misplaced.check(derivedFrom: derivation, on: other)
                }
                #expect(error?.code == .otherNetwork)
                #expect(error?.message.contains("is of \(network.id)") == true)
            }
        }
        let stranger = try ContractWorld.id(5, on: .stellarTestnet)
        #expect(
            #expect(throws: ContractIDError.self) {
                try stranger.check(derivedFrom: derivation, on: .stellarTestnet)
            }?.code == .derivation
        )
    }

    @Test func theRegistryTakesNoIDThatItsDerivationDoesNotGive() throws {
        let derivation = ContractID.Derivation.address(
            try ContractDerivationTests.deployer(),
            salt: ContractDerivationTests.zeros
        )
        let detail = ContractDetail.deployment(.init(derivation: derivation))
        func record(_ text: String) throws -> ContractRegistry.Decision {
            try ContractRegistry(environment: "staging").record(
                ContractID(text, on: .stellarTestnet),
                in: ContractWorld.slots()[0],
                of: ContractWorld.staging(),
                details: [detail]
            )
        }
        let right = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
        #expect(try record(right).record.deployment?.derivation == derivation)
        let main = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"
        let error = #expect(throws: ContractRegistryError.self) { try record(main) }
        #expect(error?.code == .otherNetwork)
        #expect(error?.message.contains("stellar:pubnet") == true)
        let other = try ContractWorld.id(3, on: .stellarTestnet).text
        #expect(
            #expect(throws: ContractRegistryError.self) { try record(other) }?.code == .derivation
        )
    }

    @Test func instancesOfOneSlotAreContractsOfTheirOwn() throws {
        let staging = try ContractWorld.staging()
        let slot = try ContractWorld.slots()[0]
        var registry = try registry()
        for (number, name) in [(2, "eu"), (3, "us-west")] as [(UInt8, ContractRecord.Instance)] {
            let decision = try registry.record(
                ContractWorld.id(number, on: .stellarTestnet),
                in: slot,
                instance: name,
                of: staging
            )
            try registry.apply(all: decision.events)
        }
        let snapshot = try registry.snapshot(of: staging, slots: [slot])
        #expect(
            snapshot.entries.map(\.variable) == [
                "VESTING_CONTRACT_ID", "VESTING_CONTRACT_ID_EU", "VESTING_CONTRACT_ID_US_WEST",
            ]
        )
        #expect(try ContractRegistry.Snapshot(json: snapshot.json) == snapshot)
        #expect(try EnvironmentFile(snapshot).variables.count == 3)
        // `VESTING_CONTRACT_ID_EU` as a slot of its own would be the same variable.
        let twin = try ContractSlot(
            "VESTING_CONTRACT_ID_EU",
            title: "",
            kind: .stellarContract
        )
        #expect(
            #expect(throws: ContractRegistryError.self) {
                try registry.record(
                    ContractWorld.id(8, on: .stellarTestnet),
                    in: twin,
                    of: staging
                )
            }?.code == .instance
        )
        for name in ["", "EU", "e u", "-eu", "eu-", "é", String(repeating: "a", count: 33)] {
            let error = #expect(throws: ContractRegistryError.self) {
                try registry.record(
                    ContractWorld.id(9, on: .stellarTestnet),
                    in: slot,
                    instance: ContractRecord.Instance(name),
                    of: staging
                )
            }
            #expect(error?.code == .instance)
        }
    }

    @Test func anIDThatIsInUseElsewhereIsTakenOnlyWhenSaidToBeShared() throws {
        let staging = try ContractWorld.staging()
        let slots = try ContractWorld.slots()
        let registry = try registry()
        let id = try ContractWorld.id(1, on: .stellarTestnet)
        let error = #expect(throws: ContractRegistryError.self) {
            try registry.record(id, in: slots[1], of: staging)
        }
        #expect(error?.code == .elsewhere)
        #expect(error?.message.contains("VESTING_CONTRACT_ID of staging") == true)
        #expect(
            try registry.record(id, in: slots[1], of: staging, allowing: [.shared]).record.status
                == .active
        )
        let other = try Environment("qa", tier: .test, networks: [.stellarTestnet])
        #expect(
            #expect(throws: ContractRegistryError.self) {
                try ContractRegistry(environment: "qa").record(
                    id,
                    in: slots[0],
                    of: other,
                    others: [registry]
                )
            }?.code == .elsewhere
        )
    }

    @Test func aNameThatPromisesANetworkHoldsNoIDOfAnother() throws {
        let production = try ContractWorld.production()
        func record(_ name: ContractSlot.Name) throws -> ContractRegistry.Decision {
            try ContractRegistry(environment: "production").record(
                ContractWorld.id(1, on: .stellarMainnet),
                in: ContractSlot(name, title: "", kind: .stellarContract),
                of: production
            )
        }
        let error = #expect(throws: ContractRegistryError.self) {
            try record("TESTNET_STREAM_CONTRACT_ID")
        }
        #expect(error?.code == .network)
        #expect(error?.message.contains("stellar:pubnet") == true)
        #expect(try record("MAINNET_STREAM_CONTRACT_ID").record.status == .active)
    }

    @Test func aPlaceForAnotherNetworkIsLeftOut() throws {
        let staging = try ContractWorld.staging()
        let main = try ContractSlot(
            "CONTRACT_ID_MAINNET",
            title: "Mainnet",
            kind: .stellarContract,
            network: "stellar:pubnet",
            isRequired: false
        )
        let slots = try [ContractWorld.slots()[0], main]
        let snapshot = try registry().snapshot(of: staging, slots: slots)
        #expect(snapshot.entries.map(\.variable) == ["VESTING_CONTRACT_ID"])
    }

    @Test func anIDFindsTheOnlyNetworkOfItsForm() throws {
        let staging = try ContractWorld.staging()
        let stellar = try ContractWorld.id(1, on: .stellarTestnet)
        let evm = try ContractWorld.id(1, on: .ethereumSepolia)
        #expect(try ContractID(stellar.text, in: staging) == stellar)
        #expect(try ContractID(evm.text, in: staging) == evm)
        let two = try Environment(
            "two",
            tier: .test,
            networks: [.ethereumSepolia, .ethereumHolesky]
        )
        #expect(
            #expect(throws: (any Error).self) { try ContractID(evm.text, in: two) }
                is ContractIDError
        )
        let account = #expect(throws: ContractIDError.self) {
            try ContractID(ContractIDTests.account, in: staging)
        }
        #expect(account?.code == .account)
    }

    @Test func nobodyReplacesAnIDByAccident() throws {
        let staging = try ContractWorld.staging()
        let slot = try ContractWorld.slots()[0]
        let registry = try registry()
        let id = try ContractWorld.id(2, on: .stellarTestnet)
        #expect(
            #expect(throws: ContractRegistryError.self) {
                try registry.record(id, in: slot, of: staging)
            }?.code == .occupied
        )
        let decision = try registry.record(id, in: slot, of: staging, allowing: [.replacing])
        #expect(decision.record.status == .active)
        // A deployment that made a contract anew says so by having made it.
        let origin = ContractWorld.origin(2)
        #expect(
            try registry.record(id, in: slot, of: staging, from: origin).record.status == .active
        )
    }

    @Test func aWipeIsSaidByItsNumber() throws {
        let staging = try ContractWorld.staging()
        var registry = try registry()
        func reset(_ epoch: Int, _ network: Network.ID = "stellar:testnet") throws
            -> [ContractRegistry.Event]
        {
            try registry.decide(
                .reset(network, epoch: epoch),
                in: staging,
                at: ContractWorld.at(2)
            )
        }
        #expect(try reset(0) == [])
        #expect(throws: ContractRegistryError.self) { try reset(2) }
        #expect(throws: ContractRegistryError.self) { try reset(1, "stellar:local") }
        try registry.apply(all: try reset(1))
        #expect(try reset(1) == [])
        #expect(registry.record(1)?.status == .orphaned)
        let production = try ContractWorld.production()
        let error = #expect(throws: ContractRegistryError.self) {
            try ContractRegistry(environment: "production").decide(
                .reset("stellar:pubnet", epoch: 1),
                in: production,
                at: ContractWorld.at(1)
            )
        }
        #expect(error?.code == .network)
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c12TakingIsIdempotentAndDisjointTakingsCommute(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let staging = try ContractWorld.staging()
        let claims = try (1...6).map { number in
            try ContractClaim(
                ContractWorld.id(UInt8(number), on: .stellarTestnet),
                in: ContractSlot(
                    ContractSlot.Name("C\(number)_CONTRACT_ID"),
                    title: "",
                    kind: .stellarContract
                ),
                provenance: .imported(format: "stellar-alias")
            )
        }
        func contents(_ batches: [[ContractClaim]]) throws -> [ContractID: String] {
            var registry = ContractRegistry(environment: "staging")
            for batch in batches {
                let command = ContractCommand.take(batch, allowing: [])
                let events = try registry.decide(command, in: staging, at: ContractWorld.at(1))
                try registry.apply(all: events)
                #expect(try registry.decide(command, in: staging, at: ContractWorld.at(2)) == [])
            }
            let entries = registry.contents(of: staging).entries
            return Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.variable) })
        }
        let cut = Int.random(in: 1...5, using: &random)
        let parts = [Array(claims[..<cut]), Array(claims[cut...])]
        let first = try contents(parts)
        #expect(try contents(parts.reversed()) == first)
        #expect(try contents([claims.shuffled(using: &random)]) == first)
        #expect(first.count == 6)
    }

    @Test func aTakingIsWholeOrNothing() throws {
        let staging = try ContractWorld.staging()
        let slots = try ContractWorld.slots()
        let claims = try [(0, 1), (1, 1)].map { slot, number in
            try ContractClaim(
                ContractWorld.id(UInt8(number), on: .stellarTestnet),
                in: slots[slot],
                provenance: .manual
            )
        }
        let registry = ContractRegistry(environment: "staging")
        #expect(throws: ContractRegistryError.self) {
            try registry.decide(
                .take(claims, allowing: []),
                in: staging,
                at: ContractWorld.at(1)
            )
        }
    }
}
