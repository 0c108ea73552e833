// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

@Suite struct AuditVerificationTests {
    let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func log(of size: Int, difference: Int? = nil) async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let log = AuditLog(store: store, origin: "o")
        for number in 1..<size {
            try await log.append(
                [NewEntry(number % 2 == 0 ? "a" : "b", number == difference ? -1 : number)],
                at: noon,
                entropy: entropy(number)
            )
        }
        return store
    }

    private func head(_ store: some AuditStore, _ size: Int) async throws -> LogHead {
        let roots = try await store.nodes(at: MerkleTree.Frontier.indexes(ofSize: size))
        return LogHead(origin: "o", size: size, root: MerkleTree.root(ofSubtrees: roots))
    }

    private func verify(
        _ store: some AuditStore,
        _ anchors: [LogHead] = []
    ) async throws -> VerificationReport {
        try await AuditLog(store: store, origin: "new").verify(against: anchors)
    }

    @Test func aWholeLogIsAnchoredOnlyByAHeadKeptElsewhere() async throws {
        let store = try await log(of: 100)
        let report = try await verify(store)
        #expect(report.faults == [])
        #expect(report.verdict == .unanchored)
        #expect(report.head == (try await head(store, 100)))
        #expect(report.kinds == ["log-created": 1, "test": 99])
        for size in [1, 60, 100] {
            #expect(try await verify(store, [try await head(store, size)]).verdict == .anchored)
        }
    }

    @Test func aRewrittenLogDivergesExactlyFromHeadsThatSawTheChange() async throws {
        let honest = try await log(of: 100)
        let saved = try await head(honest, 60)
        let below = try await log(of: 100, difference: 40)
        let above = try await log(of: 100, difference: 80)
        #expect(try await verify(below, [saved]).verdict == .diverged)
        #expect(try await verify(below).verdict == .unanchored)
        #expect(try await verify(above, [saved]).verdict == .anchored)
        #expect(try await verify(try await log(of: 50), [saved]).verdict == .diverged)
        #expect(try await verify(try await log(of: 70), [saved]).verdict == .anchored)
        let foreign = LogHead(origin: "p", size: 60, root: saved.root)
        #expect(try await verify(honest, [foreign]).verdict == .diverged)
    }

    @Test func everyPartOfARecordIsCovered() async throws {
        let base = try await log(of: 20)
        func edited(_ change: @escaping @Sendable (AuditRecord) -> AuditRecord) -> EditedStore {
            EditedStore(base: base, edit: { $0.position == 7 ? change($0) : $0 })
        }
        @Sendable func record(
            _ old: AuditRecord,
            position: Int? = nil,
            stream: StreamID? = nil,
            revision: Int? = nil,
            header: [UInt8]? = nil,
            salt: [UInt8]? = nil,
            body: [UInt8]? = nil
        ) -> AuditRecord {
            AuditRecord(
                position: position ?? old.position,
                stream: stream ?? old.stream,
                revision: revision ?? old.revision,
                header: header ?? old.header,
                salt: salt ?? old.salt,
                body: body ?? old.body
            )
        }
        let stores = [
            edited { record($0, position: 8) }, edited { record($0, stream: "c") },
            edited { record($0, revision: 0) }, edited { record($0, header: $0.header + [0x20]) },
            edited { record($0, header: Array("{}".utf8)) },
            edited { record($0, salt: [UInt8](repeating: 0, count: 32)) },
            edited { record($0, salt: []) }, edited { record($0, body: Array("{}".utf8)) },
            EditedStore(base: base, nodeEdit: { $0 == 11 ? SHA256.digest(of: [0]) : $1 }),
            EditedStore(base: base, keyEdit: { _ in nil }),
            EditedStore(base: base, keyEdit: { $0.map { $0.lowerBound..<$0.upperBound + 1 } }),
            EditedStore(base: base, summaryEdit: { _ in nil }),
        ]
        for (number, store) in stores.enumerated() {
            let report = try await verify(store)
            #expect(report.verdict == .invalid, "edit \(number)")
            #expect(report.faults.count > 0 && report.faultCount >= report.faults.count)
        }
        #expect(try await verify(EditedStore(base: base)).verdict == .unanchored)
        await #expect(throws: AuditStoreError.self) {
            try await AuditLog(store: stores[7], origin: "o").entries(in: 0..<20)
        }
        await #expect(throws: AuditStoreError.self) {
            try await AuditLog(store: stores[1], origin: "o").entries(in: 0..<20)
        }
        await #expect(throws: AuditStoreError.self) {
            try await AuditLog(store: stores[1], origin: "o").entries(of: "b")
        }
    }

    @Test func entriesAppendedMeanwhileAreLeftOut() async throws {
        let store = EditedStore(base: try await log(of: 30), firstLength: FirstAnswer(20))
        let report = try await verify(store)
        #expect(report.faults == [])
        #expect(report.head.size == 20)
    }
}
