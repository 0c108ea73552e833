// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import DeployKitTesting
    import Testing

    /// A real log, hashed and chained, whose every entry follows from numbers.
    enum SampleLog {
        static let origin = "many-machines.0123456789abcdef"

        /// What the append `number` of `writer` records: one to three events, every fifth append
        /// with an attachment, some of which are longer than a page.
        static func append(_ number: Int, of writer: Int = 0) -> Append {
            var random = SplitMix64(seed: UInt64(number) &* 1000 &+ UInt64(writer))
            var attachments = Attachments(entropy: Entropy(using: &random))
            let events = (0..<1 + number % 3).map { part in
                var output: AttachmentReference?
                if number.isMultiple(of: 5), part == 0 {
                    let count = number.isMultiple(of: 25) ? 10_000 : 200
                    output = attachments.attach(
                        String(decoding: random.bytes(count).map { 97 + $0 % 26 }, as: UTF8.self)
                    )
                }
                return NewEntry(
                    stream: part == 2
                        ? "environment/sample" : StreamID("deployment/d-\(writer)-\(number / 20)"),
                    kind: "sample",
                    body: .members([
                        "number": number.json, "part": part.json, "writer": writer.json,
                        "output": output?.json,
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

            @discardableResult
            func go(
                to log: AuditLog,
                key: String? = nil
            ) async throws(AuditStoreError) -> AppendReceipt {
                try await log.append(
                    events,
                    idempotencyKey: key,
                    at: at,
                    entropy: entropy,
                    blobs: blobs
                )
            }
        }

        /// Forgets an attachment, and says so.
        static func erase(_ digest: Digest, from log: AuditLog, number: Int) async throws {
            let append = append(number)
            try await log.append(
                [
                    NewEntry(
                        stream: AuditLog.stream,
                        kind: Deployments.erasureKind,
                        body: .members(["attachment": digest.json])
                    )
                ],
                at: append.at,
                entropy: append.entropy,
                erasing: [digest]
            )
        }
    }
#endif
