// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension AuditLog {
    /// At which positions the erasures of attachments are recorded, by their digests.
    ///
    /// An entry that is damaged records nothing; that it is, a verification finds.
    ///
    /// - Throws: ``AuditStoreError`` when the store cannot be read.
    package nonisolated func erasures() async throws(AuditStoreError) -> [Digest: Int] {
        var erased: [Digest: Int] = [:]
        var revision = 0
        while true {
            let records = try await store.records(of: Self.stream, from: revision, limit: 1000)
            for case let entry? in records.map({ try? AuditEntry($0) }) {
                if let digest = entry.erasedAttachment { erased[digest] = entry.position }
            }
            if records.count < 1000 { return erased }
            revision += records.count
        }
    }
}

extension AuditEntry {
    /// The attachment whose erasure the entry records.
    package var erasedAttachment: Digest? {
        guard stream == AuditLog.stream, kind == Deployments.erasureKind else { return nil }
        return body["attachment"]?.string.flatMap(Digest.init(hex:))
    }
}
