// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension AuditStoreRule {
    static let appending: [AuditStoreRule] = [
        AuditStoreRule(
            "appends-in-order",
            "Records come back as they were appended, in the same order."
        ) { trial in
            try await trial.append(trial.batch("a/1", "b/1", "a/1"))
            try await trial.append(trial.batch("b/1"))
            try await trial.append(trial.batch(of: Array(repeating: "c/1", count: 300)))
            try await trial.expectLog("after three batches")
        },
        AuditStoreRule(
            "refuses-gaps-in-positions",
            "A batch that is empty, or whose positions have a gap, is refused."
        ) { trial in
            try await trial.append(trial.batch("a/1"))
            let whole = trial.batch("a/1", "b/1")
            for shift in [-1, 1] {
                let torn = whole.with(
                    records: [whole.records[0], whole.records[1].moved(by: shift)]
                )
                await trial.expectRefusal(
                    .invalidBatch,
                    of: torn,
                    "a batch with a position out of place"
                )
            }
            await trial.expectRefusal(
                .invalidBatch,
                of: whole.with(records: whole.records.map { $0.moved(by: 1) }),
                "a batch that starts past its first position"
            )
            await trial.expectRefusal(
                .invalidBatch,
                of: whole.with(records: []),
                "no record at all"
            )
            try await trial.expectLog("after refused gaps")
        },
        AuditStoreRule(
            "refuses-gaps-in-revisions",
            "A record that does not have the next revision of its stream is refused."
        ) { trial in
            try await trial.append(trial.batch("a/1"))
            let whole = trial.batch("b/1", "a/1")
            for revision in [0, 2] {
                let torn = whole.with(
                    records: [whole.records[0], whole.records[1].with(revision: revision)]
                )
                await trial.expectRefusal(
                    .conflict,
                    of: torn,
                    "a record with the revision \(revision) where 1 is next"
                )
                await trial.expectRefusal(
                    .conflict,
                    of: torn.with(expecting: [:]),
                    "a record with the revision \(revision) of a stream not expected"
                )
            }
            try await trial.expectLog("after refused revisions")
        },
        AuditStoreRule(
            "refuses-conflicts",
            "A batch is refused when an expected stream holds another number of records."
        ) { trial in
            try await trial.append(trial.batch("a/1", "b/1"))
            let stale = trial.batch("a/1")
            try await trial.append(trial.batch("a/1"))
            await trial.expectRefusal(.conflict, of: stale, "a batch made before another one")
            for seen in [0, 2] {
                await trial.expectRefusal(
                    .conflict,
                    of: trial.batch("c/1", expecting: ["c/1": 0, "b/1": seen]),
                    "a batch that read \(seen) records of a stream that holds 1"
                )
            }
            await trial.expectRefusal(
                .conflict,
                of: trial.batch("a/1", expecting: ["a/1": 2, "absent/1": 1]),
                "a batch that read a record of a stream without any"
            )
            try await trial.expectLog("after refused conflicts")
            try await trial.append(trial.batch("c/1", expecting: ["b/1": 1, "absent/1": 0]))
            try await trial.expectLog("after a batch that met what it expected")
        },
        AuditStoreRule(
            "refuses-moved",
            "A batch is refused when the log grew, though its streams did not."
        ) { trial in
            try await trial.append(trial.batch("a/1"))
            let early = trial.batch("a/1")
            try await trial.append(trial.batch("b/1"))
            await trial.expectRefusal(.moved, of: early, "a batch made for a shorter log")
            let late = trial.batch("a/1")
            let far = late.with(
                firstPosition: late.firstPosition + 5,
                records: late.records.map { $0.moved(by: 5) }
            )
            await trial.expectRefusal(.moved, of: far, "a batch made for a longer log")
            try await trial.expectLog("after refused batches")
        },
        AuditStoreRule(
            "refuses-duplicate-keys",
            "A batch with the idempotency key of an earlier one is refused, and the key is found."
        ) { trial in
            let (first, second, unused) = (trial.digest(), trial.digest(), trial.digest())
            try await trial.append(trial.batch("a/1", "a/1", key: first))
            try await trial.append(trial.batch("a/1"))
            try await trial.append(trial.batch("b/1", key: second))
            await trial.expectRefusal(
                .duplicateKey,
                of: trial.batch("c/1", key: first),
                "a batch with a used key"
            )
            let store = trial.store
            let found = [
                try await store.positions(forKey: first),
                try await store.positions(forKey: second),
                try await store.positions(forKey: unused),
            ]
            trial.expect(found == [0..<2, 3..<4, nil], "keys are at \(found)")
            try await trial.expectLog("after a used key")
        },
        AuditStoreRule(
            "checks-in-order",
            "A used key is told before a conflict, a conflict before a log that moved."
        ) { trial in
            let key = trial.digest()
            try await trial.append(trial.batch("a/1", key: key))
            let stale = trial.batch("a/1", key: key)
            let staleWithoutKey = trial.batch("a/1")
            try await trial.append(trial.batch("a/1"))
            await trial.expectRefusal(.duplicateKey, of: stale, "a stale batch with a used key")
            await trial.expectRefusal(.conflict, of: staleWithoutKey, "a stale batch")
            try await trial.expectLog("after refused batches")
        },
        AuditStoreRule(
            "appends-whole-or-not-at-all",
            "A refused batch leaves nothing behind: no record, node, blob, key or stream."
        ) { trial in
            try await trial.append(trial.batch("a/1"))
            let (key, blob) = (trial.digest(), trial.blob(salted: true))
            let whole = trial.batch("b/1", "c/1", "a/1", key: key, blobs: [blob])
            // The last record is what is wrong, so that a store that writes as it goes is caught.
            let torn = whole.with(
                records: Array(whole.records.dropLast()) + [whole.records[2].with(revision: 7)]
            )
            await trial.expectRefusal(.conflict, of: torn, "a batch with a wrong last record")
            try await trial.expectLog("after a refused batch")
            let store = trial.store
            trial.expect(
                try await store.summary(of: "b/1") == nil,
                "a refused batch left a stream"
            )
            trial.expect(
                try await store.positions(forKey: key) == nil,
                "a refused batch left its key"
            )
            trial.expect(
                try await store.blob(blob.digest) == nil,
                "a refused batch left a blob"
            )
            try await trial.append(whole)
            try await trial.expectLog("after the batch was mended")
        },
    ]
}

extension AuditBatch {
    func with(
        firstPosition: Int? = nil,
        expecting: [StreamID: Int]? = nil,
        records: [AuditRecord]? = nil,
        erasing: [Digest]? = nil
    ) -> AuditBatch {
        AuditBatch(
            firstPosition: firstPosition ?? self.firstPosition,
            expecting: expecting ?? self.expecting,
            idempotencyKey: idempotencyKey,
            records: records ?? self.records,
            nodes: nodes,
            firstNode: firstNode,
            blobs: blobs,
            erasing: erasing ?? self.erasing
        )
    }
}

extension AuditRecord {
    func moved(by distance: Int) -> AuditRecord {
        AuditRecord(
            position: position + distance,
            stream: stream,
            revision: revision,
            header: header,
            salt: salt,
            body: body
        )
    }

    func with(revision: Int) -> AuditRecord {
        AuditRecord(
            position: position,
            stream: stream,
            revision: revision,
            header: header,
            salt: salt,
            body: body
        )
    }
}
