// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// A registry world for tests: slots, environments and valid IDs, all made from numbers.
enum ContractWorld {
    struct Random: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    static func staging() throws -> Environment {
        try Environment("staging", tier: .test, networks: [.stellarTestnet, .ethereumSepolia])
    }

    static func production() throws -> Environment {
        try Environment("production", tier: .production, networks: [.stellarMainnet])
    }

    static func slots() throws -> [ContractSlot] {
        try [
            ContractSlot("VESTING_CONTRACT_ID", title: "Vesting", kind: .stellarContract),
            ContractSlot("TOKEN_CONTRACT_ID", title: "Token", kind: .stellarContract),
            ContractSlot("BRIDGE", title: "Bridge", kind: .evmAddress, isRequired: false),
        ]
    }

    static func id(_ number: UInt8, on network: Network) throws -> ContractID {
        let bytes = (0..<32).map { UInt8($0) &* 7 &+ number }
        if network.family == .evm {
            let address = try #require(EVMAddress(bytes: Array(bytes[..<20])))
            return try ContractID(address.text, on: network)
        }
        return try ContractID(StrKey(.contract, payload: bytes).text, on: network)
    }

    static func origin(_ attempt: Int) -> ContractRecord.Origin {
        ContractRecord.Origin(deployment: "d-1", item: "deploy", attempt: attempt)
    }

    static func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    /// Events that a seeded sequence of decisions made; refusals leave no trace.
    static func history(seed: UInt64, steps: Int = 40) throws -> [ContractRegistry.Event] {
        var random = Random(state: seed)
        let staging = try staging()
        let slots = try slots()
        var registry = ContractRegistry(environment: staging.name)
        var events: [ContractRegistry.Event] = []
        for step in 0..<steps {
            let number = Int.random(in: 1...max(1, registry.records.count), using: &random)
            let moment = at(Int64(step))
            var new: [ContractRegistry.Event] = []
            do throws(ContractRegistryError) {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: new = try registry.revoke(number, .mistaken, at: moment).events
                case 1, 2: new = try registry.restore(number, in: staging, at: moment).events
                case 3 where step % 4 == 0: new = registry.reset("stellar:testnet", at: moment)
                default:
                    let slot = slots[Int.random(in: 0..<3, using: &random)]
                    let network = try slot.network(in: staging)
                    guard
                        let id = try? id(UInt8.random(in: 1...9, using: &random), on: network)
                    else { continue }
                    new = try registry.record(
                        id,
                        in: slot,
                        of: staging,
                        from: origin(step),
                        provenance: .standardOutput,
                        at: moment,
                        activates: Bool.random(using: &random)
                    ).events
                }
            } catch {
                // A decision that contradicts itself is a fault, any other refusal is an answer.
                if error.code == .history { throw error }
                continue
            }
            for event in new { try registry.apply(event) }
            events += new
        }
        return events
    }
}

@Suite struct ContractRegistryPropertyTests {
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c1FormattingAndParsingAreInverse(seed: UInt64) throws {
        var random = ContractWorld.Random(state: seed)
        for network in [Network.stellarTestnet, .ethereumSepolia] {
            let id = try ContractWorld.id(UInt8.random(in: 1...255, using: &random), on: network)
            #expect(try ContractID(id.text, on: network) == id)
            #expect(try ContractID(id.text, on: network).text == id.text)
            #expect(try ContractID(json: id.json) == id)
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c2AtMostOneRecordOfAPlaceIsActive(seed: UInt64) throws {
        var registry = ContractRegistry(environment: "staging")
        for event in try ContractWorld.history(seed: seed) {
            try registry.apply(event)
            let active = registry.records.filter { $0.status == .active }
            let places = Set(active.map { "\($0.slot) \($0.network) \($0.epoch)" })
            // Between an event that supersedes and the one that activates there is none.
            #expect(places.count == active.count)
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c3TheStateIsTheFoldOfAHistoryThatOnlyGrows(seed: UInt64) throws {
        let events = try ContractWorld.history(seed: seed)
        let read = try [ContractRegistry.Event](json: events.json)
        #expect(read == events)
        let whole = try ContractRegistry(environment: "staging", events: events)
        #expect(try ContractRegistry(environment: "staging", events: read) == whole)
        let half = try ContractRegistry(
            environment: "staging",
            events: events.prefix(events.count / 2)
        )
        #expect(whole.records.prefix(half.records.count).map(\.id) == half.records.map(\.id))
        #expect(whole.records.prefix(half.records.count).map(\.at) == half.records.map(\.at))
        #expect(whole.records.indices.allSatisfy { whole.records[$0].number == $0 + 1 })
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c5SupersededByIsAcyclicWithinOnePlace(seed: UInt64) throws {
        let registry = try ContractRegistry(
            environment: "staging",
            events: ContractWorld.history(seed: seed)
        )
        for record in registry.records {
            var current = record
            var steps = 0
            while case .superseded(let by) = current.status, let by, steps <= registry.records.count
            {
                let next = try #require(registry.record(by))
                #expect(next.slot == current.slot && next.network == current.network)
                current = next
                steps += 1
            }
            #expect(steps <= registry.records.count)
            #expect(current.status != .recorded || steps == 0)
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c6OneStellarIDNeverHasTwoNetworks(seed: UInt64) throws {
        let staging = try ContractRegistry(
            environment: "staging",
            events: ContractWorld.history(seed: seed)
        )
        let production = try ContractWorld.production()
        let slot = try ContractWorld.slots()[0]
        for record in staging.records where record.id.kind == .stellarContract {
            let copy = try ContractID(record.id.text, on: .stellarMainnet)
            let empty = ContractRegistry(environment: "production")
            do {
                let decision = try empty.record(
                    copy,
                    in: slot,
                    of: production,
                    from: ContractWorld.origin(1),
                    provenance: .manual,
                    at: ContractWorld.at(1),
                    others: [staging]
                )
                let twins = staging.records.filter { $0.id == record.id }
                #expect(
                    twins.allSatisfy { if case .revoked = $0.status { true } else { false } },
                    "\(decision)"
                )
            } catch {
                #expect(error.code == .otherNetwork)
                #expect(error.message.contains("stellar:testnet"))
                #expect(error.message.contains("stellar:pubnet"))
            }
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c10TheOrderOfRecordingHasNoInfluence(seed: UInt64) throws {
        var random = ContractWorld.Random(state: seed)
        let staging = try ContractWorld.staging()
        let slots = try ContractWorld.slots()
        var texts: Set<String> = []
        for _ in 0..<3 {
            var registry = ContractRegistry(environment: "staging")
            for slot in slots.shuffled(using: &random) {
                let number = UInt8(slot.name.text.utf8.count)
                let decision = try registry.record(
                    ContractWorld.id(number, on: slot.network(in: staging)),
                    in: slot,
                    of: staging,
                    from: ContractWorld.origin(1),
                    provenance: .standardOutput,
                    at: ContractWorld.at(1)
                )
                for event in decision.events { try registry.apply(event) }
            }
            let snapshot = try registry.snapshot(of: staging, slots: slots.shuffled(using: &random))
            texts.insert(try EnvironmentFile(snapshot).text(in: .portable))
            let other = try Environment("other", tier: .test, networks: [.stellarTestnet])
            #expect(
                #expect(throws: ContractRegistryError.self) {
                    try registry.snapshot(of: other, slots: slots)
                }?.code == .environment
            )
        }
        #expect(texts.count == 1)
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c12RecordingAgainChangesNothingAndDisjointSlotsCommute(seed: UInt64) throws {
        let staging = try ContractWorld.staging()
        let slots = try ContractWorld.slots()
        let registry = try ContractRegistry(
            environment: "staging",
            events: ContractWorld.history(seed: seed)
        )
        for record in registry.records where record.status == .active {
            let slot = try #require(slots.first { $0.name == record.slot })
            let decision = try registry.record(
                record.id,
                in: slot,
                of: staging,
                from: ContractWorld.origin(999),
                provenance: .imported(format: "stellar-alias"),
                at: ContractWorld.at(999)
            )
            #expect(decision.isAlready)
            #expect(decision.record == record)
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func c14RestoringASnapshotRendersTheSameBytes(seed: UInt64) throws {
        let staging = try ContractWorld.staging()
        let slots = try ContractWorld.slots().map {
            try ContractSlot($0.name, title: $0.title, kind: $0.kind, isRequired: false)
        }
        let events = try ContractWorld.history(seed: seed)
        var registry = try ContractRegistry(
            environment: "staging",
            events: events.prefix(events.count / 2)
        )
        let before = try registry.snapshot(of: staging, slots: slots)
        let text = try EnvironmentFile(before).text(in: .portable)
        for event in events.dropFirst(events.count / 2) { try registry.apply(event) }
        do {
            for event in try registry.restore(to: before, at: ContractWorld.at(1000)) {
                try registry.apply(event)
            }
        } catch {
            // What was revoked or wiped meanwhile cannot come back; that is said, not papered over.
            #expect(error.code == .revoked || error.code == .orphaned)
            return
        }
        let after = try registry.snapshot(of: staging, slots: slots)
        #expect(after == before)
        #expect(try EnvironmentFile(after).text(in: .portable) == text)
        #expect(try ContractRegistry.Snapshot(json: before.json) == before)
    }
}

@Suite struct ContractRegistryTests {
    private func record(
        _ registry: inout ContractRegistry,
        _ number: UInt8,
        attempt: Int = 1,
        slot: Int = 0
    ) throws -> ContractRegistry.Decision {
        let staging = try ContractWorld.staging()
        let slot = try ContractWorld.slots()[slot]
        let decision = try registry.record(
            ContractWorld.id(number, on: slot.network(in: staging)),
            in: slot,
            of: staging,
            from: ContractWorld.origin(attempt),
            provenance: .standardOutput,
            at: ContractWorld.at(Int64(attempt))
        )
        for event in decision.events { try registry.apply(event) }
        return decision
    }

    @Test func anotherAttemptSupersedesTheSameOneConflicts() throws {
        var registry = ContractRegistry(environment: "staging")
        #expect(try record(&registry, 1).record.status == .active)
        #expect(try record(&registry, 1).isAlready)
        #expect(
            #expect(throws: ContractRegistryError.self) { try record(&registry, 2) }?.code
                == .conflict
        )
        let second = try record(&registry, 2, attempt: 2)
        #expect(second.record.status == .active)
        #expect(registry.record(1)?.status == .superseded(by: 2))
        #expect(
            #expect(throws: ContractRegistryError.self) { try record(&registry, 1, attempt: 3) }?
                .code == .superseded
        )
        let staging = try ContractWorld.staging()
        for event in try registry.restore(1, in: staging, at: ContractWorld.at(9)).events {
            try registry.apply(event)
        }
        #expect(registry.record(1)?.status == .active)
        #expect(registry.record(2)?.status == .superseded(by: 1))
    }

    @Test func revokedStaysRevoked() throws {
        var registry = ContractRegistry(environment: "staging")
        _ = try record(&registry, 1)
        let staging = try ContractWorld.staging()
        for event in try registry.revoke(1, .compromised, at: ContractWorld.at(2)).events {
            try registry.apply(event)
        }
        #expect(try registry.revoke(1, .compromised, at: ContractWorld.at(3)).isAlready)
        for code in [
            #expect(throws: ContractRegistryError.self) {
                try registry.restore(1, in: staging, at: ContractWorld.at(4))
            }?.code,
            #expect(throws: ContractRegistryError.self) {
                try registry.revoke(1, .defective, at: ContractWorld.at(4))
            }?.code,
            #expect(throws: ContractRegistryError.self) { try record(&registry, 1, attempt: 5) }?
                .code,
        ] { #expect(code == .revoked) }
    }

    @Test func aResetOrphansAndTheSameIDMayComeAgain() throws {
        var registry = ContractRegistry(environment: "staging")
        _ = try record(&registry, 1)
        for event in registry.reset("stellar:testnet", at: ContractWorld.at(2)) {
            try registry.apply(event)
        }
        #expect(registry.record(1)?.status == .orphaned)
        let again = try record(&registry, 1, attempt: 2)
        #expect(again.record.number == 2)
        #expect(again.record.epoch == 1)
        #expect(again.record.status == .active)
    }

    @Test func productionNeverTakesATestNetwork() throws {
        let error = #expect(throws: NetworkError.self) {
            try Environment("production", tier: .production, networks: [.stellarTestnet])
        }
        #expect(error?.code == .tier)
        let id = try ContractWorld.id(1, on: .stellarTestnet)
        let refusal = #expect(throws: ContractRegistryError.self) {
            try ContractRegistry(environment: "production").record(
                id,
                in: ContractWorld.slots()[0],
                of: ContractWorld.production(),
                from: ContractWorld.origin(1),
                provenance: .manual,
                at: ContractWorld.at(1)
            )
        }
        #expect(refusal?.code == .network)
        #expect(refusal?.message.contains("stellar:pubnet") == true)
    }

    @Test func productionNeverTakesAnUnprotectedAddress() throws {
        let environment = try Environment(
            "production",
            tier: .production,
            networks: [.ethereumMainnet]
        )
        let lower = try ContractID(
            ContractWorld.id(1, on: .ethereumMainnet).text.lowercased(),
            on: .ethereumMainnet
        )
        func record(_ allows: Bool) throws -> ContractRegistry.Decision {
            try ContractRegistry(environment: "production").record(
                lower,
                in: ContractWorld.slots()[2],
                of: environment,
                from: ContractWorld.origin(1),
                provenance: .manual,
                at: ContractWorld.at(1),
                allowing: allows ? [.unprotected] : []
            )
        }
        #expect(
            #expect(throws: ContractRegistryError.self) { try record(false) }?.code == .unprotected
        )
        #expect(try record(true).record.checksum == .absent)
    }

    @Test func missingSlotsAreAllNamed() throws {
        let error = #expect(throws: ContractRegistryError.self) {
            try ContractRegistry(environment: "staging").snapshot(
                of: ContractWorld.staging(),
                slots: ContractWorld.slots()
            )
        }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("TOKEN_CONTRACT_ID, VESTING_CONTRACT_ID") == true)
        #expect(error?.message.contains("BRIDGE") == false)
    }

    @Test func aSnapshotOfProductionWithATestIDIsNotRead() throws {
        let entry: JSONValue = .members([
            "slot": "A".json, "record": 1.json, "epoch": 0.json,
            "id": try ContractWorld.id(1, on: .stellarTestnet).json,
        ])
        let json: JSONValue = .members([
            "environment": try ContractWorld.production().json, "entries": .array([entry]),
        ])
        #expect(throws: JSONError.self) { try ContractRegistry.Snapshot(json: json) }
    }

    @Test func eventsThatDoNotFitAreRefusedAndChangeNothing() throws {
        var registry = ContractRegistry(environment: "staging")
        _ = try record(&registry, 1)
        let before = registry
        for event: ContractRegistry.Event in [
            .activated(1, at: ContractWorld.at(1)), .restored(1, at: ContractWorld.at(1)),
            .superseded(1, by: 1, at: ContractWorld.at(1)),
            .revoked(2, .mistaken, at: ContractWorld.at(1)),
            .superseded(1, by: 7, at: ContractWorld.at(1)), .orphaned(1, at: ContractWorld.at(1)),
            .networkReset("stellar:testnet", epoch: 2, at: ContractWorld.at(1)),
            .recorded(try #require(before.record(1))), .activated(0, at: ContractWorld.at(1)),
        ] {
            #expect(
                #expect(throws: ContractRegistryError.self) { try registry.apply(event) }?.code
                    == .history
            )
            #expect(registry == before)
        }
    }
}
