// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension AuditStoreRule {
    static let erasing: [AuditStoreRule] = [
        AuditStoreRule(
            "erases-attachments",
            "What a batch erases is gone with the batch, and stays gone; nothing else is."
        ) { trial in
            for blob in trial.blobs {
                let found = try await trial.store.blob(blob.digest)
                trial.expect(found == blob, "a blob is gone when reopened")
            }
            try await trial.expectLog("when reopened after an erasure")
        } check: { trial in
            let blobs = [
                trial.blob(salted: true), trial.blob(salted: true, bytes: []),
                trial.blob(salted: true), trial.blob(salted: false),
            ]
            try await trial.append(trial.batch("a/1", blobs: blobs))
            let gone = blobs[..<2].map(\.digest)
            try await trial.append(trial.batch("b/1").with(erasing: gone))
            let store = trial.store
            for digest in gone {
                trial.expect(try await store.blob(digest) == nil, "an erased blob is still there")
            }
            for blob in trial.blobs {
                trial.expect(
                    try await store.blob(blob.digest) == blob,
                    "a blob that was not erased is gone"
                )
            }
            await trial.expectRefusal(
                .notErasable,
                of: trial.batch("b/1").with(erasing: [gone[0]]),
                "a second erasure of the same blob"
            )
            try await trial.expectLog("after an erasure")
        },
        AuditStoreRule(
            "erases-attachments-only",
            "A blob without a salt, or one that is absent, cannot be erased: the batch is refused "
                + "and leaves every blob as it is."
        ) { trial in
            let (plain, salted) = (trial.blob(salted: false), trial.blob(salted: true))
            try await trial.append(trial.batch("a/1", blobs: [plain, salted]))
            for digests in [[plain.digest], [salted.digest, plain.digest], [trial.digest()]] {
                await trial.expectRefusal(
                    .notErasable,
                    of: trial.batch("a/1").with(erasing: digests),
                    "the erasure of what is no attachment"
                )
            }
            let stale = trial.batch("a/1", expecting: ["a/1": 7]).with(erasing: [salted.digest])
            await trial.expectRefusal(.conflict, of: stale, "a stale batch that erases")
            let store = trial.store
            for blob in [plain, salted] {
                trial.expect(
                    try await store.blob(blob.digest) == blob,
                    "a refused erasure erased a blob"
                )
            }
            try await trial.expectLog("after refused erasures")
        },
    ]
}
