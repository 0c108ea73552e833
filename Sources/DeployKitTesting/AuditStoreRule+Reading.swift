// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension AuditStoreRule {
    static let reading: [AuditStoreRule] = [
        AuditStoreRule("starts-empty", "A new store holds nothing.") { trial in
            let (key, digest) = (trial.digest(), trial.digest())
            let store = trial.store
            trial.expect(try await store.count() == 0, "a new log holds records")
            trial.expect(try await store.records(in: 0..<5) == [], "a new log reads records")
            trial.expect(
                try await store.records(of: "a/1", from: 0, limit: 5) == [],
                "a stream that nobody appended to has records"
            )
            trial.expect(
                try await store.streams(withPrefix: "", before: nil, limit: 5) == [],
                "a new log has streams"
            )
            trial.expect(
                try await store.summary(of: "a/1") == nil,
                "a stream that nobody appended to has a summary"
            )
            trial.expect(try await store.nodes(at: []) == [], "no nodes were asked for")
            trial.expect(try await store.blob(digest) == nil, "a new log has a blob")
            trial.expect(try await store.positions(forKey: key) == nil, "a new log has a key")
        },
        AuditStoreRule(
            "keeps-every-byte",
            "Headers, salts and bodies come back byte by byte, whatever is in them."
        ) { trial in
            let every = (0...255).map { UInt8($0) }
            let bodies: [[UInt8]] = [
                [], [0], [0, 65, 0], every, Array("naïve\u{0}e\u{301}\u{2028}".utf8), [0xFF, 0xFE],
                (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) },
            ]
            for body in bodies {
                let blob = trial.blob(salted: true, bytes: body)
                try await trial.append(trial.batch("a/1", blobs: [blob], body: body))
                let stored = try await trial.store.blob(blob.digest)
                trial.expect(stored == blob, "a blob of \(body.count) bytes changed")
            }
            try await trial.expectLog("after bodies of every kind")
        },
        AuditStoreRule(
            "tells-names-apart-by-bytes",
            "Stream names differ when their UTF-8 bytes do, and keep every one of them."
        ) { trial in
            let names: [StreamID] = [
                "s/a", "s/A", "s/a\u{0}", "s/a\u{0}b", "s/\u{E9}", "s/e\u{301}", "s/a ", "s/%",
                "s/_",
                "s/\u{10FFFF}", "s/", "s", "/", "\u{0}/x", "s/'; --",
                StreamID("s/" + String(repeating: "long", count: 1000)),
            ]
            for name in names { try await trial.append(trial.batch(name)) }
            for name in names.reversed() { try await trial.append(trial.batch(name)) }
            try await trial.expectLog("after names that resemble each other")
            let listed = try await trial.store.streams(withPrefix: "", before: nil, limit: 99)
            trial.expect(listed.map(\.stream) == names, "the names listed are not those given")
        },
        AuditStoreRule(
            "reads-ranges",
            "A range of positions gives its records, oldest first, and leaves out what is past "
                + "the end."
        ) { trial in
            for _ in 0..<4 { try await trial.append(trial.batch("a/1", "b/1")) }
            for range in [0..<0, 0..<1, 3..<6, 7..<8, 6..<99, 8..<9, 99..<Int.max, 0..<Int.max] {
                let read: [AuditRecord]
                do {
                    read = try await trial.store.records(in: range)
                } catch {
                    trial.expect(false, "the range \(range) of 8 records failed: \(error)")
                    continue
                }
                let expected = Array(trial.records[range.clamped(to: 0..<8)])
                trial.expect(read == expected, "the range \(range) of 8 records is wrong")
            }
        },
        AuditStoreRule(
            "reads-streams-from-a-revision",
            "A stream is read from a revision on, oldest first, as many records as asked for."
        ) { trial in
            for _ in 0..<5 { try await trial.append(trial.batch("a/1", "b/1", "a/1")) }
            let own = trial.records.filter { $0.stream == "a/1" }
            for (revision, limit) in [
                (0, 10), (0, 3), (0, 0), (4, 3), (9, 5), (10, 5), (99, 5), (3, Int.max), (0, 1),
            ] {
                let read = try await trial.store.records(of: "a/1", from: revision, limit: limit)
                trial.expect(
                    read == Array(own.dropFirst(revision).prefix(limit)),
                    "\(limit) records from revision \(revision) of 10 are wrong"
                )
            }
        },
        AuditStoreRule(
            "reads-nodes-in-the-order-asked",
            "Tree nodes come back in the order asked for, each as often as asked."
        ) { trial in
            for _ in 0..<6 { try await trial.append(trial.batch("a/1")) }
            let indexes = [9, 0, 3, 3, 1, 9, 0]
            let read = try await trial.store.nodes(at: indexes)
            trial.expect(
                read == indexes.map { trial.nodes[$0] },
                "the nodes are not those asked for"
            )
        },
        AuditStoreRule(
            "says-damaged-for-absent-nodes",
            "A tree node that is not there is damage, not silence."
        ) { trial in
            try await trial.append(trial.batch("a/1", "a/1"))
            for indexes in [[3], [0, 3], [3, 0], [Int.max]] {
                do throws(AuditStoreError) {
                    let read = try await trial.store.nodes(at: indexes)
                    trial.expect(false, "\(read.count) nodes were found at \(indexes) of 3")
                } catch {
                    trial.expect(
                        error.code == .damaged,
                        "an absent node gave '\(error.code.rawValue)', not 'store-damaged'"
                    )
                }
            }
        },
        AuditStoreRule(
            "leaves-blobs-as-they-are",
            "A blob that the store has is left as it is when it comes again."
        ) { trial in
            let (plain, salted) = (trial.blob(salted: false), trial.blob(salted: true))
            try await trial.append(trial.batch("a/1", blobs: [plain, salted]))
            let other = Blob(digest: plain.digest, salt: [], bytes: [1, 2, 3])
            try await trial.append(trial.batch("a/1", blobs: [salted, other, salted]))
            for blob in [plain, salted] {
                let stored = try await trial.store.blob(blob.digest)
                trial.expect(stored == blob, "a blob changed when it came again")
            }
            try await trial.expectLog("after a blob came again")
        },
        AuditStoreRule(
            "lists-blobs-in-order",
            "Digests of blobs are listed in ascending order, from the one asked for on, each once."
        ) { trial in
            let blobs = (0..<7).map { trial.blob(salted: $0 % 2 == 0) }
            try await trial.append(trial.batch("a/1", blobs: Array(blobs.prefix(4))))
            try await trial.append(trial.batch("a/1", blobs: Array(blobs.suffix(5))))
            let digests = blobs.map(\.digest).sorted()
            for start in -1..<digests.count {
                let after = start < 0 ? nil : digests[start]
                for limit in [0, 1, 3, 100] {
                    let listed = try await trial.store.blobs(after: after, limit: limit)
                    trial.expect(
                        listed == Array(digests[(start + 1)...].prefix(limit)),
                        "\(listed.count) blobs were listed after the blob \(start), in another "
                            + "order or not those that are there"
                    )
                }
            }
            try await trial.append(trial.batch("a/1").with(erasing: [blobs[0].digest]))
            let rest = try await trial.store.blobs(after: nil, limit: 100)
            trial.expect(
                rest == digests.filter { $0 != blobs[0].digest },
                "a blob that was erased is still listed"
            )
        },
    ]
}
