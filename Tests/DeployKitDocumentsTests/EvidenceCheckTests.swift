// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct EvidenceCheckTests {
    struct Folder: EvidenceSource {
        struct Missing: Error {}
        var files: [String: [UInt8]] = [:]

        func read(_ path: String, _ take: ([UInt8]) -> Void) throws {
            guard let bytes = files[path] else { throw Missing() }
            for start in stride(from: 0, to: bytes.count, by: 7) {
                take(Array(bytes[start..<min(start + 7, bytes.count)]))
            }
        }

        mutating func list() {
            let head = try? Checkpoint(note: files["checkpoint"] ?? []).head
            let listed = files.filter { !$0.key.hasPrefix("manifest.") }.sorted { $0.key < $1.key }
                .map { path, bytes in
                    JSONValue.members([
                        "path": path.json, "bytes": bytes.count.json,
                        "sha256": SHA256.digest(of: bytes).json,
                    ])
                }
            let manifest = JSONValue.members(["files": .array(listed), "head": head?.json])
            let bytes = manifest.canonicalBytes + [0x0A]
            files["manifest.json"] = bytes
            files["manifest.sha256"] = Array(
                "\(SHA256.digest(of: bytes).hex)  manifest.json\n".utf8
            )
        }
    }

    private func bundle() async throws -> Folder {
        let log = AuditLog(store: InMemoryAuditStore(), origin: "checks.0123456789abcdef")
        let entropy = try #require(Entropy(bytes: [UInt8](repeating: 7, count: 32)))
        let events = (0..<5).map { number in
            NewEntry(stream: "deployment/d-1", kind: "noted", body: .members(["n": number.json]))
        }
        try await log.append(events, at: Timestamp(milliseconds: 0), entropy: entropy)
        var folder = Folder()
        var entries: [UInt8] = []
        for record in try await log.store.records(in: 0..<6) {
            let entry = try AuditEntry(record)
            let salt = try #require(Digest(bytes: record.salt))
            let line = JSONValue.members([
                "header": Base64.encode(record.header).json,
                "body": Base64.encode(record.body).json,
                "salt": salt.json, "leaf": entry.leaf.json, "event": entry.body,
            ])
            entries += line.canonicalBytes + [0x0A]
        }
        let salt = [UInt8](repeating: 9, count: 32)
        let note = Array("the pager was silent".utf8)
        let attachment = JSONValue.members([
            "digest": SHA256.digest(of: salt + note).json, "mediaType": "text/plain".json,
            "salt": Digest(bytes: salt)?.json, "bytes": Base64.encode(note).json,
        ])
        folder.files["entries.jsonl"] = entries
        folder.files["attachments.jsonl"] = attachment.canonicalBytes + [0x0A]
        folder.files["signoffs.csv"] = Array(Self.columns.utf8)
        folder.files["checkpoint"] = Array(try Checkpoint(await log.head()).note.utf8)
        folder.list()
        return folder
    }

    private static let columns = """
        "seq","leafHash","at","deployment","service","environment","tier","version","gate",\
        "round","slot","decision","person","actor","assurance","signature","authority",\
        "checklist","subject","headSize","headRoot","reason"\r\n
        """

    @Test func aBundleOfALogHasNoFaults() async throws {
        #expect(EvidenceCheck(reading: try await bundle()).faults == [])
    }

    /// Invariant: no single changed byte passes, wherever it stands; every byte here is covered.
    @Test func everyChangedByteIsAFault() async throws {
        let good = try await bundle()
        var random = Seeded(state: 20)
        for _ in 0..<200 {
            let path = good.files.keys.sorted()[random.next(below: good.files.count)]
            var bad = good
            let count = try #require(good.files[path]?.count)
            let place = random.next(below: count)
            bad.files[path]?[place] ^= UInt8(1 + random.next(below: 255))
            #expect(!EvidenceCheck(reading: bad).faults.isEmpty, "\(path) at \(place)")
        }
    }

    /// Invariant: who also writes a fitting manifest is found out by the tree and the digests.
    @Test func aNewManifestHidesNoChangedEvidence() async throws {
        let good = try await bundle()
        var random = Seeded(state: 21)
        for path in ["entries.jsonl", "attachments.jsonl"] {
            let text = String(decoding: try #require(good.files[path]), as: UTF8.self)
            let name = path == "entries.jsonl" ? "\"salt\":\"" : "\"bytes\":\""
            let cut = try #require(text.utf8.indices.first { text[$0...].hasPrefix(name) })
            let offset = text.utf8.distance(from: text.utf8.startIndex, to: cut) + name.utf8.count
            for _ in 0..<10 {
                var bad = good
                let place = offset + random.next(below: 20)
                bad.files[path]?[place] ^= 1
                bad.list()
                #expect(!EvidenceCheck(reading: bad).faults.isEmpty, "\(path) at \(place)")
            }
        }
    }

    @Test func aPathThatLeadsOutIsAFault() async throws {
        var folder = try await bundle()
        folder.files["../entries.jsonl"] = []
        folder.list()
        #expect(EvidenceCheck(reading: folder).faults.count == 1)
    }
}

private struct Seeded {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
