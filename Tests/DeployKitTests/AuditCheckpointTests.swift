// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct AuditCheckpointTests {
    // Signed with the keys of RFC 8032, tests 1 and 2.
    static let golden = """
        deploykit.example/log1
        8
        XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

        \u{2014} deploykit.example/log1 \
        hnDQbVgDSjqAB6GKluwTURZrCdCmtUoPsOLfFcZPwNS0W9fCtay+fyTm4iRBsOemD258PivbsEdVIaGcUww0QF8f6wk=
        \u{2014} witness.example/w1 \
        BNLYMwAAAABpVbkAiPJVr6BNdlHkxXGE/AEoBS1VHFU5nWbtHPJZCdLK6msIY82QKy5T2MXPYUwwofX5u8g/i/didbv118uKdAI9BA==

        """
    static let logKey =
        "deploykit.example/log1+8670d06d+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    static let witnessKey =
        "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM"

    @Test func aNoteIsReadAndWrittenBackByteForByte() throws {
        let checkpoint = try Checkpoint(note: Self.golden.utf8)
        #expect(checkpoint.head.origin == "deploykit.example/log1")
        #expect(checkpoint.head.size == 8)
        #expect(
            checkpoint.head.root.hex
                == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        )
        #expect(
            checkpoint.signatures.map(\.name) == ["deploykit.example/log1", "witness.example/w1"]
        )
        #expect(checkpoint.note == Self.golden)
        let unsigned = try Checkpoint(checkpoint.head)
        #expect(unsigned.note == unsigned.text + "\n")
        #expect(try Checkpoint(note: unsigned.note.utf8) == unsigned)
    }

    @Test(arguments: [
        logKey, witnessKey, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func publishedKeysHaveTheirIDs(text: String) throws {
        #expect(try NoteKey(text).description == text)
        #expect(throws: CheckpointError.self) {
            try NoteKey(
                text.replacing("+8", with: "+9").replacing("+5", with: "+4")
                    .replacing("+c7", with: "+c8").replacing("+04", with: "+05")
            )
        }
    }

    @Test func signaturesCoverTheTextAndCosignaturesItsTimeToo() async throws {
        struct Recorder: SignatureVerifier {
            let answer: Bool
            func accepts(
                _ signature: [UInt8],
                over message: [UInt8],
                by key: NoteKey
            ) async throws(SignatureError) -> Bool {
                let text =
                    "deploykit.example/log1\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
                let expected =
                    key.kind == .ed25519 ? text : "cosignature/v1\ntime 1767225600\n" + text
                return answer && signature.count == 64 && message == Array(expected.utf8)
            }
        }
        let checkpoint = try Checkpoint(note: Self.golden.utf8)
        let keys = [try NoteKey(Self.witnessKey), try NoteKey(Self.logKey)]
        let good = try await checkpoint.signers(among: keys, verifier: Recorder(answer: true))
        #expect(good == [keys[1], keys[0]])
        let bad = try await checkpoint.signers(among: keys, verifier: Recorder(answer: false))
        #expect(bad == nil)
        let unknown = try await checkpoint.signers(among: [], verifier: Recorder(answer: false))
        #expect(unknown == [])
    }

    @Test func malformedNotesAreRefused() {
        let golden = Self.golden
        let signature = golden.split(separator: "\n").last.map { $0 + "\n" } ?? ""
        let malformed = [
            "", "\n", "a\n1\n", golden.replacing("\n", with: "\r\n"),
            golden.replacing("\n8\n", with: "\n08\n"), golden.replacing("\n8\n", with: "\n-8\n"),
            golden.replacing("\n8\n", with: "\n+8\n"), golden.replacing("\n8\n", with: "\n8 \n"),
            golden.replacing("\n8\n", with: "\n99999999999999999999\n"),
            golden.replacing("Qyg=", with: "Qyh="), golden.replacing("Qyg=", with: "Qyg"),
            golden.replacing("Qyg=\n", with: "Qyg=\nextension\n"),
            golden.replacing("\u{2014}", with: "-"),
            golden.replacing("\u{2014} ", with: "\u{2014}"),
            golden.replacing("w1 ", with: "w1+ "), golden.replacing("w1 ", with: "w\u{A0}1 "),
            golden.replacing("w1 ", with: "w1  "), golden.replacing("BA==", with: "BB=="),
            String(golden.dropLast()), golden + "\n", golden + "x\n",
            golden.replacing("log1\n8", with: "\t\n8"),
            "\n" + golden.split(separator: "\n", maxSplits: 1)[1],
            golden + String(repeating: signature, count: 99),
        ]
        for note in malformed {
            #expect(throws: CheckpointError.self, "\(note)") { try Checkpoint(note: note.utf8) }
        }
        #expect(throws: CheckpointError.self) { try Checkpoint(note: [0xFF] + golden.utf8) }
        #expect(throws: Never.self) {
            try Checkpoint(note: (golden + String(repeating: signature, count: 98)).utf8)
        }
    }

    @Test func proofFilesStandAlone() async throws {
        let log = AuditLog(store: InMemoryAuditStore(), origin: "deploykit.example/log1")
        let noon = Timestamp(milliseconds: 0)
        for number in 0..<7 {
            try await log.append([NewEntry("a", number)], at: noon, entropy: entropy(number))
        }
        let old = try await log.head()
        try await log.append([NewEntry("b", 8)], at: noon, entropy: entropy(8))
        let checkpoint = try Checkpoint(try await log.head())
        let inclusion = InclusionProofFile(
            position: 3,
            proof: try await log.inclusionProof(of: 3, in: 9),
            checkpoint: checkpoint
        )
        #expect(inclusion.text.hasPrefix("c2sp.org/tlog-proof@v1\nindex 3\n"))
        #expect(try InclusionProofFile(inclusion.text.utf8) == inclusion)
        let records = try await log.store.records(in: 3..<5)
        #expect(inclusion.verifies(header: records[0].header))
        #expect(!inclusion.verifies(header: records[1].header))
        let consistency = ConsistencyProofFile(
            oldSize: 8,
            proof: try await log.consistencyProof(from: 8, to: 9),
            checkpoint: checkpoint
        )
        #expect(try ConsistencyProofFile(consistency.text.utf8) == consistency)
        #expect(consistency.verifies(old))
        #expect(!consistency.verifies(LogHead(origin: "other", size: 8, root: old.root)))
        for text in [
            inclusion.text.replacing("index 3", with: "index 03"),
            inclusion.text.replacing("@v1", with: "@v2"), "index 1\n", "",
            inclusion.text.replacing("\n\n", with: "\n"),
        ] {
            #expect(throws: CheckpointError.self) { try InclusionProofFile(text.utf8) }
        }
    }
}
