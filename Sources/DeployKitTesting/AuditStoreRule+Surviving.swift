// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension AuditStoreRule {
    static let surviving: [AuditStoreRule] = [
        AuditStoreRule(
            "survives-reopening",
            "What was appended is there when the store is opened again, and can be continued."
        ) { trial in
            try await trial.expectLog("when reopened")
            if let key = trial.keys.last {
                let found = try await trial.store.positions(forKey: key)
                trial.expect(found == 2..<3, "a key is gone when reopened")
            }
            for blob in trial.blobs {
                let found = try await trial.store.blob(blob.digest)
                trial.expect(found == blob, "a blob is gone when reopened")
            }
            guard try await trial.store.count() == trial.count else { return }
            try await trial.append(trial.batch("a/1", "c/1"))
            try await trial.expectLog("when reopened and continued")
        } check: { trial in
            try await trial.append(trial.batch("a/1", "b/1"))
            let (key, blob) = (trial.digest(), trial.blob(salted: true))
            try await trial.append(trial.batch("a/1", key: key, blobs: [blob]))
        },
        AuditStoreRule(
            "lets-one-writer-win",
            "Of two batches made for the same log exactly one is appended; the other is told why."
        ) { trial in
            for round in 0..<10 {
                let sameStream = round.isMultiple(of: 2)
                let first = trial.batch("a/1")
                let second = trial.batch(sameStream ? "a/1" : "b/1")
                let loss: AuditStoreError.Code = sameStream ? .conflict : .moved
                let store = trial.store
                async let firstOutcome = Self.outcome(of: first, in: store)
                async let secondOutcome = Self.outcome(of: second, in: store)
                let outcomes = await [firstOutcome, secondOutcome]
                let winners = outcomes.count { $0 == nil }
                trial.expect(winners == 1, "\(winners) of two writers were told that they won")
                trial.expect(
                    outcomes.contains(loss),
                    "the writer that lost was not told '\(loss.rawValue)'"
                )
                guard winners == 1 else { return }
                trial.note(outcomes[0] == nil ? first : second)
            }
            try await trial.expectLog("after two writers met")
        },
        AuditStoreRule(
            "stays-whole-when-cancelled",
            "An append from a cancelled task is whole when it returns and absent when it throws."
        ) { trial in
            try await trial.append(trial.batch("a/1"))
            for _ in 0..<4 {
                let batch = trial.batch("a/1", "b/1", "a/1")
                let store = trial.store
                let task = Task { () -> AuditStoreError.Code? in
                    while !Task.isCancelled { await Task.yield() }
                    return await Self.outcome(of: batch, in: store)
                }
                task.cancel()
                if await task.value == nil { trial.note(batch) }
            }
            try await trial.expectLog("after cancelled appends")
            guard try await trial.store.count() == trial.count else { return }
            try await trial.append(trial.batch("a/1"))
            try await trial.expectLog("after an append that followed cancelled ones")
        },
    ]

    private static func outcome(
        of batch: AuditBatch,
        in store: any AuditStore
    ) async -> AuditStoreError.Code? {
        do throws(AuditStoreError) {
            try await store.append(batch)
            return nil
        } catch {
            return error.code
        }
    }
}
