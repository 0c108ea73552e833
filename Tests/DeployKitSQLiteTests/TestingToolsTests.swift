// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Testing

@Suite struct TestingToolsTests {
    // The first numbers for the seed 1234567, as published with Rosetta Code's task
    // "Pseudo-random numbers/Splitmix64".
    @Test func theGeneratorGivesThePublishedNumbers() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
    }

    @Test func theClockStandsStillUntilMoved() {
        let clock = FixedClock()
        #expect(clock.now().description == "2026-01-01T00:00:00.000Z")
        #expect(clock.advance(by: .seconds(90)).description == "2026-01-01T00:01:30.000Z")
        clock.advance(by: .milliseconds(-1))
        #expect(clock.now().description == "2026-01-01T00:01:29.999Z")
        clock.set(to: Timestamp(milliseconds: 0))
        #expect(clock.now() == Timestamp(milliseconds: 0))
    }

    @Test func aPlannedFaultHappensAtItsCall() async throws {
        let inner = try await SQLiteAuditStore(path: ":memory:")
        let store = FaultyAuditStore(
            inner,
            faults: [.init(call: 2, .before, .full), .init(call: 3, .after, .unknownOutcome)]
        )
        #expect(try await store.count() == 0)
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(0))
            } == .full
        )
        #expect(try await inner.count() == 0)
        #expect(
            await code { () throws(AuditStoreError) in
                try await store.append(Fixture.batch(0))
            } == .unknownOutcome
        )
        #expect(try await inner.count() == 1)
        try await store.append(Fixture.batch(1))
        #expect(await store.calls == 4)
        #expect(await store.failures.map(\.call) == [2, 3])
    }

    @Test(arguments: AuditStoreRule.all)
    func aFaultyStoreWithoutFaultsKeepsItsPromises(_ rule: AuditStoreRule) async throws {
        let breaches = try await rule.breaches {
            FaultyAuditStore(try await SQLiteAuditStore(path: ":memory:"), faults: [])
        }
        #expect(breaches == [])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func seededFaultsAreTheSameForTheSameSeed(seed: UInt64) async throws {
        var runs: [[FaultyAuditStore.Fault]] = []
        for _ in 0..<2 {
            let inner = try await SQLiteAuditStore(path: ":memory:")
            let store = FaultyAuditStore(inner, seed: seed, oneIn: 3)
            for _ in 0..<40 {
                let count = try await inner.count()
                let refusal = await code { () throws(AuditStoreError) in
                    try await store.append(Fixture.batch(count))
                }
                let grew = try await inner.count() == count + 1
                #expect(grew == (refusal == nil || refusal == .unknownOutcome))
            }
            runs.append(await store.failures)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count > 3 && runs[0].count < 30)
    }
}
