// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// A store that notes what is asked of it.
actor WatchedStore: AuditStore {
    private let store = InMemoryAuditStore()
    private(set) var appends = 0
    private(set) var questions = 0
    /// How many records of streams were read, by the first component of the stream's name.
    private(set) var recordsRead: [String: Int] = [:]

    func forget() {
        appends = 0
        questions = 0
        recordsRead = [:]
    }

    func append(_ batch: AuditBatch) async throws(AuditStoreError) {
        appends += 1
        try await store.append(batch)
    }

    func count() async throws(AuditStoreError) -> Int {
        questions += 1
        return await store.count()
    }

    func records(in positions: Range<Int>) async throws(AuditStoreError) -> [AuditRecord] {
        questions += 1
        return await store.records(in: positions)
    }

    func records(
        of stream: StreamID,
        from revision: Int,
        limit: Int
    ) async throws(AuditStoreError) -> [AuditRecord] {
        questions += 1
        let records = await store.records(of: stream, from: revision, limit: limit)
        recordsRead[String(stream.text.prefix { $0 != "/" }), default: 0] += records.count
        return records
    }

    func streams(
        withPrefix prefix: String,
        before position: Int?,
        limit: Int
    ) async throws(AuditStoreError) -> [StreamSummary] {
        questions += 1
        return await store.streams(withPrefix: prefix, before: position, limit: limit)
    }

    func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary? {
        questions += 1
        return await store.summary(of: stream)
    }

    func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
        questions += 1
        return try await store.nodes(at: indexes)
    }

    func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
        questions += 1
        return await store.blob(digest)
    }

    func blobs(after digest: Digest?, limit: Int) async throws(AuditStoreError) -> [Digest] {
        questions += 1
        return await store.blobs(after: digest, limit: limit)
    }

    func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>? {
        questions += 1
        return await store.positions(forKey: key)
    }
}

@Suite struct FreshnessTests {
    private let lena = Actor.person("lena@example.com")

    private func deployments(_ store: any AuditStore, seed: UInt64 = 1) -> Deployments {
        Deployments(
            store: store,
            origin: "deploykit.test",
            clock: FixedClock(),
            entropy: SeededEntropy(seed: seed)
        )
    }

    private func started(_ deployments: Deployments) async throws -> LiveDeployment {
        try await deployments.start(
            Checklist("Release", edition: "1", service: "payments") {
                Phase("Release") {
                    Item("First")
                    Item("Second")
                    Item("Third")
                }
                Phase("Announcement") { Item("Told") }
            },
            environment: Trial.staging(),
            version: "1.4.2",
            by: lena
        )
    }

    private func complete(_ item: ItemID) -> DeploymentCommand {
        .complete(item, note: nil, evidence: [])
    }

    @Test func aCommandThatIsAcceptedAsksTheStoreNothingAndAppendsOnce() async throws {
        let store = WatchedStore()
        let live = try await started(deployments(store))
        try await live.perform(complete("release/first"), by: lena)
        await store.forget()
        let result = try await live.perform(complete("release/second"), by: lena)
        #expect(await store.appends == 1)
        #expect(await store.questions == 0)
        #expect(result.hasChanged)
        let read = try await deployments(store, seed: 2).deployment(live.id).state()
        #expect(result.state == read)
    }

    @Test func whatAnotherWriterDidIsNoticedBeforeAnythingIsRefusedOrAppended() async throws {
        let store = InMemoryAuditStore()
        let mine = try await started(deployments(store))
        let theirs = try await deployments(store, seed: 2).deployment(mine.id)
        try await mine.perform(complete("release/first"), by: lena)
        // Accepted by what is known here, and done already by what the store holds.
        try await theirs.perform(complete("release/second"), by: lena)
        #expect(!(try await mine.perform(complete("release/second"), by: lena).hasChanged))
        // Refused by what is known here, and allowed by what the store holds.
        try await theirs.perform(complete("release/third"), by: lena)
        try await mine.perform(complete("announcement/told"), by: lena)
        // Allowed by what is known here, and refused by what the store holds.
        let next = try await started(deployments(store, seed: 4))
        let nextOfTheirs = try await deployments(store, seed: 5).deployment(next.id)
        try await next.perform(complete("release/first"), by: lena)
        try await nextOfTheirs.perform(.abort(reason: "wrong version"), by: lena)
        await #expect(throws: DeploymentError.self) {
            try await next.perform(complete("release/third"), by: lena)
        }
        let again = try await started(deployments(store, seed: 3))
        #expect(again.id != next.id && next.id != mine.id)
        let (left, right) = (try await mine.state(), try await theirs.state())
        #expect(left == right)
    }

    @Test func whatADecisionLookedAtMustStillBeSoWhenItIsAppended() async throws {
        let store = WatchedStore()
        let mine = try await started(deployments(store))
        try await mine.perform(complete("release/first"), by: lena)
        let people = Directory(people: [
            Directory.Person(id: "lena@example.com", roles: ["operator"])
        ])
        try await deployments(store, seed: 2).apply(people, by: lena)
        await store.forget()
        try await mine.perform(complete("release/second"), by: lena)
        // The first append was refused, for the directory had changed; then it was read.
        #expect(await store.appends == 2)
        #expect(await store.recordsRead["directory"] == 1)
    }

    @Test func aLongLivedEnvironmentIsReadFromItsLastSnapshot() async throws {
        let store = WatchedStore()
        let first = deployments(store)
        for number in 0..<140 {
            let live = try await first.start(
                Checklist("Release", edition: "\(number)", service: "payments") {
                    Phase("Release") { Item("Only") }
                },
                environment: Trial.staging(),
                version: "1.\(number)",
                by: lena
            )
            try await live.perform(complete("release/only"), by: lena)
        }
        let fresh = deployments(store, seed: 2)
        await store.forget()
        let open = try await fresh.unended()
        #expect(open.isEmpty)
        #expect(await store.recordsRead["snapshot"] == 1)
        let environment = await store.recordsRead["environment"]
        #expect(try #require(environment) < 30)
        // The fold from the first entry on is the same.
        #expect(try await fresh.snapshotFaults().map(\.message) == [])
        let next = try await started(fresh)
        let facts = try await fresh.facts(for: next.state())
        let known = try await first.facts(for: next.state())
        #expect(facts.environments == known.environments)
        #expect(facts.environments.values.first?.revision == 281)
    }

    @Test func aSnapshotThatSaysSomethingElseIsAFault() async throws {
        let store = InMemoryAuditStore()
        let first = deployments(store)
        _ = try await started(first)
        let state = Array(#"{"completions":[],"occupants":[]}"#.utf8)
        let blob = Blob(digest: SHA256.digest(of: state), salt: [], bytes: state)
        var random = SplitMix64(seed: 7)
        let receipt = try await first.log.append(
            [
                NewEntry(
                    stream: "snapshot/environment/payments/staging",
                    kind: "environment-snapshot",
                    body: .members([
                        "actor": lena.json, "revision": 1.json, "state": blob.digest.json,
                    ])
                )
            ],
            at: FixedClock().now(),
            entropy: Entropy(using: &random),
            blobs: [blob]
        )
        let faults = try await first.snapshotFaults()
        #expect(faults.map(\.position) == [receipt.positions.lowerBound])
        #expect(faults.first?.message.contains("environment/payments/staging") == true)
    }
}
