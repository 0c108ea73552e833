// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Testing

/// A real log, hashed and chained, whose every entry follows from numbers.
enum SampleLog {
    static let origin = "torture.0123456789abcdef"

    /// What the append `number` of `writer` records: one to three events over a few streams, every
    /// fifth append with an attachment, some of which are longer than a page.
    static func append(_ number: Int, of writer: Int = 0) -> Append {
        var random = SplitMix64(seed: UInt64(number) &* 1000 &+ UInt64(writer))
        var attachments = Attachments(entropy: Entropy(using: &random))
        let events = (0..<1 + number % 3).map { part in
            let text = text(10...300, using: &random)
            var output: AttachmentReference?
            if number.isMultiple(of: 5), part == 0 {
                let size = number.isMultiple(of: 25) ? 9000...12_000 : 50...400
                output = attachments.attach(self.text(size, using: &random))
            }
            return NewEntry(
                stream: part == 2
                    ? "environment/sample" : StreamID("deployment/d-\(writer)-\(number / 20)"),
                kind: "sample",
                body: .members([
                    "number": number.json, "part": part.json, "writer": writer.json,
                    "text": text.json, "output": output?.json,
                ])
            )
        }
        return Append(
            events: events,
            at: Timestamp(milliseconds: 1_767_225_600_000 + Int64(number) * 250),
            entropy: Entropy(using: &random),
            blobs: attachments.blobs
        )
    }

    struct Append {
        var events: [NewEntry]
        let at: Timestamp
        let entropy: Entropy
        var blobs: [Blob]

        /// Makes the first event name so many blobs more, which are not hashed: that would take
        /// longer than to write them.
        mutating func load(_ count: Int, of size: Int, using random: inout SplitMix64) {
            let ballast = (0..<count).compactMap { _ in
                let salt = random.bytes(32)
                return Digest(bytes: random.bytes(32)).map {
                    Blob(digest: $0, salt: salt, bytes: [UInt8](repeating: 7, count: size))
                }
            }
            let first = events[0]
            events[0] = NewEntry(
                stream: first.stream,
                kind: first.kind,
                body: .members([
                    "ballast": .array(ballast.map(\.digest.json)), "event": first.body,
                ])
            )
            blobs += ballast
        }

        @discardableResult
        func go(to log: AuditLog) async throws(AuditStoreError) -> AppendReceipt {
            try await log.append(events, at: at, entropy: entropy, blobs: blobs)
        }
    }

    /// Makes a store of `count` entries or one or two more, the last attachment of which is erased.
    static func make(at path: String, count: Int, writer: Int = 0) async throws {
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        let log = AuditLog(store: store, origin: origin)
        // The fifth append is the first with an attachment.
        var number = 5
        var erasing: [Digest] = []
        while try await store.count() < count - 1 {
            let append = append(number, of: writer)
            try await append.go(to: log)
            if let blob = append.blobs.first { erasing = [blob.digest] }
            number += 1
        }
        let last = append(number, of: writer)
        try await log.append(
            erasing.map { digest in
                NewEntry(
                    stream: AuditLog.stream,
                    kind: Deployments.erasureKind,
                    body: .members(["attachment": digest.json])
                )
            },
            at: last.at,
            entropy: last.entropy,
            erasing: erasing
        )
        await store.close()
    }

    private static func text(
        _ count: ClosedRange<Int>,
        using random: inout SplitMix64
    ) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz ÄÖÜ\n")
        return String(
            (0..<Int.random(in: count, using: &random)).map { _ in
                letters[Int(random.next() % UInt64(letters.count))]
            }
        )
    }
}

/// Expects that the log of the `old` head is the beginning of the log of `new`.
func expectConsistency(
    of log: AuditLog,
    from old: LogHead,
    to new: LogHead,
    _ name: Comment
) async throws {
    let proof = try await log.consistencyProof(from: old.size, to: new.size)
    #expect(
        MerkleTree.verifiesConsistency(
            from: old.size,
            root: old.root,
            to: new.size,
            root: new.root,
            proof: proof
        ),
        name
    )
}
