// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    extension AuditBatch {
        /// Refuses what no store could take, whatever it holds.
        func checkShape() throws(AuditStoreError) {
            guard !records.isEmpty else {
                throw AuditStoreError(.invalidBatch, "a batch has one record or more")
            }
            guard (0..<Session.mostRecords).contains(firstPosition) else {
                throw AuditStoreError(.invalidBatch, "a log has no position \(firstPosition)")
            }
            for (offset, record) in records.enumerated()
            where record.position != firstPosition + offset {
                throw AuditStoreError(
                    .invalidBatch,
                    "record \(offset) of the batch is for position \(record.position), not "
                        + "\(firstPosition + offset)"
                )
            }
            let largest = Row.largestValueInBytes
            let isTooLarge =
                records.contains { max($0.header.count, $0.salt.count, $0.body.count) > largest }
                || blobs.contains { max($0.salt.count, $0.bytes.count) > largest }
            guard !isTooLarge else {
                throw AuditStoreError(.invalidBatch, "a record or blob is larger than 64 MiB")
            }
        }

        /// The digests of the names of all streams that are expected or appended to.
        var streamDigests: Set<Digest> {
            Set(expecting.keys).union(records.map(\.stream)).reduce(into: []) { digests, stream in
                digests.insert(stream.digest)
            }
        }
    }

    extension StreamID {
        /// What its rows are found by.
        var digest: Digest { SHA256.digest(of: text.utf8) }

        /// The digest of the name up to its first slash and with it, by which lists are found;
        /// `nil` without a slash.
        var rootDigest: Digest? {
            text.utf8.firstIndex(of: UInt8(ascii: "/")).map { slash in
                SHA256.digest(of: text.utf8[...slash])
            }
        }
    }
#endif
