// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// Headers are read without the JSON reader where they are plain; what is read must not depend on
/// the way.
@Suite struct AuditHeaderTests {
    private func record(_ header: String) -> AuditRecord { record(Array(header.utf8)) }

    private func record(_ header: [UInt8]) -> AuditRecord {
        AuditRecord(
            position: 3,
            stream: "a/1",
            revision: 2,
            header: header,
            salt: [UInt8](repeating: 7, count: 32),
            body: Array("{}".utf8)
        )
    }

    private let digest: String = {
        var hasher = SHA256()
        hasher.update([UInt8](repeating: 7, count: 32))
        hasher.update("{}".utf8)
        return hasher.finalize().hex
    }()

    private func header(
        at: String = "2026-11-21T09:30:00.125Z",
        key: String? = nil,
        kind: String = "item-passed",
        skew: String = "",
        stream: String = "a/1"
    ) -> String {
        "{\"at\":\"\(at)\",\"bodyDigest\":\"\(digest)\","
            + (key.map { "\"key\":\"\($0)\"," } ?? "")
            + "\"kind\":\"\(kind)\",\"revision\":2,\"seq\":3,\(skew)\"stream\":\"\(stream)\",\"v\":1}"
    }

    @Test func aPlainHeaderIsReadWhole() throws {
        let key = String(repeating: "0a", count: 32)
        let entry = try AuditEntry(record(header(key: key, skew: "\"skewMs\":-41,")))
        #expect(entry.position == 3 && entry.revision == 2 && entry.stream == "a/1")
        #expect(entry.at.description == "2026-11-21T09:30:00.125Z")
        #expect(entry.key?.hex == key && entry.kind == "item-passed")
        #expect(entry.clockSkew == .milliseconds(41))
        let short = try AuditEntry(record(header()))
        #expect(short.key == nil && short.clockSkew == nil)
    }

    @Test(arguments: [
        (#"caf\u00e9"#, false), ("café", true), (#"a\"b"#, true), (#"a\/b"#, false),
        (#"a\u001fb"#, true), (#"a\u001Fb"#, false), (#"a\nb"#, true), (#"a\u000ab"#, false),
        (#"a\u0000b"#, false), ("", true),
    ])
    func aTextIsReadInItsCanonicalSpellingOnly(_ text: String, isCanonical: Bool) {
        let isRead = (try? AuditEntry(record(header(kind: text)))) != nil
        #expect(isRead == isCanonical)
    }

    @Test(arguments: [
        "2026-02-30T00:00:00.000Z", "2026-11-21T24:00:00.000Z", "2026-11-21T09:30:60.000Z",
        "2026-11-21T09:30:00.125z", "2026-11-21T09:30:00+00:00", "2026-11-21T09:30:00.12Z",
    ])
    func aMomentOfAnotherFormIsRefused(_ moment: String) {
        #expect(throws: AuditStoreError.self) { try AuditEntry(record(header(at: moment))) }
    }

    @Test(arguments: [
        "\"skewMs\":0,", "\"skewMs\":41,", "\"skewMs\":-041,", "\"skewMs\":-0,", "\"skewMs\":-4.1,",
        "\"skewMs\":-9007199254740992,", "\"skewMs\":-41 ,", "\"other\":1,",
    ])
    func aSkewOfAnotherFormIsRefused(_ skew: String) {
        #expect(throws: AuditStoreError.self) { try AuditEntry(record(header(skew: skew))) }
    }

    /// Whatever is read is what the JSON reader reads, with every byte of the header changed once.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aChangedByteIsReadAsTheJSONReaderReadsIt(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let whole = Array(header(key: digest, skew: "\"skewMs\":-41,").utf8)
        var read = 0
        for position in whole.indices {
            var changed = whole
            changed[position] = UInt8.random(in: 0x20...0xFF, using: &random)
            let entry = try? AuditEntry(record(changed))
            let json = try? JSONValue(canonical: changed)
            guard let entry else { continue }
            read += 1
            let members = try #require(json, "byte \(position)")
            #expect(members["at"]?.string == entry.at.description)
            #expect(members["kind"]?.string == entry.kind)
            #expect(members["key"]?.string == entry.key?.hex)
            #expect(members["skewMs"]?.integer == entry.clockSkew.map { -$0.wholeMilliseconds })
        }
        #expect(read > 0)
    }
}
