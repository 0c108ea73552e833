// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitTesting
import Testing

@testable import DeployKit

/// Blobs in a store that the log does not answer for.
@Suite struct AuditStrangeBlobTests {
    private let noon = Timestamp(milliseconds: 1_767_225_600_000)

    private func blob(_ number: Int) -> Blob {
        let (salt, bytes) = ([UInt8](repeating: 7, count: 32), Array("strange \(number)".utf8))
        return Blob(digest: SHA256.digest(of: salt + bytes), salt: salt, bytes: bytes)
    }

    /// A log of entries with an attachment each, one of them under a name of its own.
    private func base() async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let log = AuditLog(store: store, origin: "log")
        for number in 1..<40 {
            var attachments = Attachments(entropy: entropy(number))
            let note = attachments.attach(.text("note \(number)"))
            let state = Array("state \(number)".utf8)
            let plain = Blob(digest: SHA256.digest(of: state), salt: [], bytes: state)
            try await log.append(
                [
                    NewEntry(
                        stream: "a/1",
                        kind: "test",
                        body: .members([
                            "list": .array([note.json]),
                            "deep": .members(["of": plain.digest.json]),
                        ])
                    )
                ],
                at: noon,
                entropy: entropy(number),
                blobs: attachments.blobs + [plain]
            )
        }
        return store
    }

    @Test func everyBlobThatAnEntryNamesIsKnown() async throws {
        let log = AuditLog(store: try await base(), origin: "")
        #expect(try await log.verify().faults == [])
    }

    @Test func aBlobThatNoEntryNamesIsToldByItsDigest() async throws {
        let wrong = Blob(digest: SHA256.digest(of: [1]), salt: [], bytes: [2])
        let store = EditedStore(base: try await base(), strangeBlobs: [blob(1), wrong])
        let report = try await AuditLog(store: store, origin: "").verify()
        #expect(report.verdict == .invalid && report.faultCount == 2)
        let told = report.faults.map(\.message)
        #expect(told.contains { $0.hasSuffix("blob \(blob(1).digest) of 9 bytes") }, "\(told)")
        #expect(
            told.contains {
                $0.contains("\(wrong.digest)") && $0.hasSuffix("not the digest of its content")
            },
            "\(told)"
        )
    }

    @Test func aThousandStrangeBlobsAreCounted() async throws {
        let store = EditedStore(base: try await base(), strangeBlobs: (0..<1000).map(blob))
        let report = try await AuditLog(store: store, origin: "").verify()
        #expect(report.faultCount == 1000 && report.faults.count == 100)
    }

    @Test func theBlobsOfEntriesThatCameMeanwhileAreKnown() async throws {
        let base = try await base()
        let store = EditedStore(base: base, firstLength: FirstAnswer(20))
        #expect(try await AuditLog(store: store, origin: "").verify().faults == [])
    }

    /// What was cut off leaves its attachments behind.
    @Test func theBlobsOfEntriesThatWereCutOffAreTold() async throws {
        let whole = try await base()
        let cut = InMemoryAuditStore()
        let log = AuditLog(store: cut, origin: "log")
        let blobs = await whole.blobs(after: nil, limit: 100)
        #expect(blobs.count == 78 && blobs == blobs.sorted())
        try await log.append(
            [NewEntry(stream: "a/1", kind: "test", body: .members([:]))],
            at: noon,
            entropy: entropy(1)
        )
        var strange: [Blob] = []
        for digest in blobs { if let blob = await whole.blob(digest) { strange.append(blob) } }
        let store = EditedStore(base: cut, strangeBlobs: strange)
        #expect(try await AuditLog(store: store, origin: "").verify().faultCount == 78)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aSketchForgetsNoDigestAndKnowsNoOther(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func digest() -> Digest {
            SHA256.digest(of: (0..<8).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        }
        var sketch = DigestSketch()
        let known = (0..<2000).map { _ in digest() }
        for (number, digest) in known.enumerated() {
            for _ in 0...(number % 3) { sketch.insert(digest) }
            if number % 500 == 0 {
                let isKnown = sketch.contains(digest)
                #expect(isKnown)
            }
        }
        let (missed, invented) = (
            known.count { !sketch.contains($0) },
            (0..<2000).count { _ in sketch.contains(digest()) }
        )
        #expect(missed == 0 && invented == 0)
    }
}
