// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Entropy that a seed determines.
struct SeededEntropy: EntropySource {
    private let draws: Draws

    init(seed: UInt64) {
        draws = Draws(seed: seed)
    }

    func next() -> Entropy { draws.next() }

    private final class Draws: @unchecked Sendable {
        // Safe because tests that share one draw from it in one task only.
        private var random: SplitMix64
        init(seed: UInt64) { random = SplitMix64(seed: seed) }
        func next() -> Entropy { Entropy(using: &random) }
    }
}

@Suite struct DeploymentsTests {
    let lena = Actor.person("lena@example.com")

    private func deployments(
        _ store: any AuditStore = InMemoryAuditStore(),
        seed: UInt64 = 1
    ) -> Deployments {
        Deployments(
            store: store,
            origin: "deploykit.test",
            clock: FixedClock(),
            entropy: SeededEntropy(seed: seed)
        )
    }

    private func started(_ deployments: Deployments) async throws -> LiveDeployment {
        try await deployments.start(
            .vesting(),
            environment: Trial.staging(),
            version: "1.4.2",
            by: lena
        )
    }

    @Test func whatIsStartedIsReadBackFromTheLogAlone() async throws {
        let store = InMemoryAuditStore()
        let live = try await started(deployments(store))
        try await live.complete("1.2", by: lena, note: "fine")
        let fresh = deployments(store, seed: 2)
        let state = try await fresh.state(of: live.id)
        #expect(state == (try await live.state()))
        #expect(state.items["prepare/review"]?.state == .passed(1))
        let note = try #require(state.items["prepare/review"]?.note)
        #expect(try await fresh.text(of: note) == "fine")
        #expect(try await fresh.list().map(\.state.id) == [live.id])
        #expect(try await fresh.log.verify().faults == [])
    }

    @Test func startingTheSameAgainGivesTheSameDeployment() async throws {
        let deployments = deployments()
        let first = try await started(deployments)
        #expect(try await started(deployments).id == first.id)
        await #expect(throws: DeploymentError.self) {
            try await deployments.start(
                .vesting(),
                environment: Trial.staging(),
                version: "1.5.0",
                by: lena
            )
        }
    }

    @Test func aKeyMakesACommandHappenOnce() async throws {
        let deployments = deployments()
        let live = try await started(deployments)
        let first = try await live.complete("1.2", by: lena, note: "fine", key: "job-7")
        let size = try await deployments.log.head().size
        let again = try await live.complete("1.2", by: lena, note: "fine", key: "job-7")
        #expect(first.hasChanged && !again.hasChanged)
        #expect(try await deployments.log.head().size == size)
        let error = await #expect(throws: DeploymentError.self) {
            try await live.complete("1.2", by: lena, note: "bad", key: "job-7")
        }
        guard case .keyReused? = error?.cause else {
            Issue.record("the key was accepted for something else: \(String(describing: error))")
            return
        }
    }

    @Test func refusalsLeaveTheLogAsItIs() async throws {
        let deployments = deployments()
        let live = try await started(deployments)
        let size = try await deployments.log.head().size
        for item in ["9.9", "deploy/deploy-vesting", "deploy/balance-is-right", "deploy/checks"] {
            await #expect(throws: DeploymentError.self, "\(item)") {
                try await live.complete(item, by: lena)
            }
        }
        #expect(try await deployments.log.head().size == size)
    }

    @Test func aNewDeploymentSupersedesTheObservedOne() async throws {
        let deployments = deployments()
        let checklist = try Checklist("c") {
            DeployKit.Phase("Deploy") { Item("Do it") }
            DeployKit.Phase("Week 1", isFollowUp: true) { Item("Look") }
        }
        let environment = try Trial.staging()
        let first = try await deployments.start(
            checklist,
            environment: environment,
            version: "1",
            by: lena
        )
        try await first.complete("do-it", by: lena)
        let second = try await deployments.start(
            checklist,
            environment: environment,
            version: "2",
            by: lena
        )
        let state = try await first.state()
        #expect(state.status == .superseded(by: second.id))
        #expect(state.items["week-1/look"]?.state == .cancelled)
    }

    @Test func theDirectoryIsAppliedOnceAndObeyed() async throws {
        let deployments = deployments()
        let directory = Directory(people: [
            .init(id: "olga@example.com", roles: ["Product Owner"])
        ])
        try await deployments.apply(directory, by: lena)
        let size = try await deployments.log.head().size
        try await deployments.apply(directory, by: lena)
        #expect(try await deployments.log.head().size == size)
        let live = try await started(deployments)
        await #expect(throws: DeploymentError.self) {
            try await live.sign("product owner", .approved, by: lena)
        }
        try await live.sign("Product", .approved, by: .person("olga@example.com"))
    }

    /// D7: of many writers at once nobody's event is lost, and none is there twice.
    @Test func manyWritersAtOnceLoseNothing() async throws {
        let store = InMemoryAuditStore()
        let checklist = try Checklist("c") {
            DeployKit.Phase("One") { for number in 1...24 { Item("Step \(number)") } }
        }
        let first = deployments(store)
        let live = try await first.start(
            checklist,
            environment: Trial.staging(),
            version: "1",
            by: lena
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...24 {
                let own = deployments(store, seed: UInt64(100 + number))
                group.addTask {
                    let own = try await own.deployment(live.id)
                    try await own.complete("1.\(number)", by: .person(ActorID("p\(number)")))
                }
            }
            try await group.waitForAll()
        }
        let state = try await deployments(store, seed: 3).state(of: live.id)
        #expect(state.status == .completed)
        #expect(state.items.values.map(\.attempts) == Array(repeating: 1, count: 24))
    }

    /// D5, D7 under a store that fails: what was acknowledged is there, and the log is whole.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func whatWasAcknowledgedSurvivesAFailingStore(seed: UInt64) async throws {
        let kept = InMemoryAuditStore()
        let live = try await started(deployments(kept))
        let faulty = deployments(FaultyAuditStore(kept, seed: seed, oneIn: 40), seed: seed + 1000)
        var acknowledged: [String] = []
        for note in ["a", "b", "c", "d", "e", "f"] {
            do {
                try await faulty.perform(.note(note), on: live.id, by: lena)
                acknowledged.append(note)
            } catch {
                continue
            }
        }
        let fresh = deployments(kept, seed: seed + 2000)
        var found: [String?] = []
        for note in try await fresh.state(of: live.id).notes {
            found.append(try await fresh.text(of: note))
        }
        for note in acknowledged {
            #expect(found.filter { $0 == note }.count == 1, "seed \(seed): \(note)")
        }
        #expect(try await fresh.log.verify().faults == [], "seed \(seed)")
    }
}
