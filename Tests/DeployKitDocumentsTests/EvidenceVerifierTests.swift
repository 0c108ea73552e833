// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// What the script for auditors checks: whoever changes the bundle also writes a manifest that fits.
@Suite(.enabled(if: EvidenceBundleTests.hasPython, "python3 is not installed"))
struct EvidenceVerifierTests {
    /// A change of a bundle, and a part of the sentence that refuses it.
    struct Forgery: Sendable, CustomTestStringConvertible {
        let name: String
        let refusal: String
        let forge: @Sendable (inout MemoryFolder) throws -> Void
        var testDescription: String { name }

        init(
            _ name: String,
            _ refusal: String,
            _ forge: @escaping @Sendable (inout MemoryFolder) throws -> Void
        ) {
            self.name = name
            self.refusal = refusal
            self.forge = forge
        }

        /// Another text in place of the first of its kind in a file.
        static func text(
            _ name: String,
            _ refusal: String,
            in path: String,
            _ old: String,
            _ new: String
        ) -> Self {
            Self(name, refusal) { folder in
                let text = String(decoding: try #require(folder.files[path]), as: UTF8.self)
                try #require(text.contains(old), "\(old) is not in \(path)")
                folder.files[path] = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
            }
        }
    }

    static let forgeries: [Forgery] = [
        .text("a person", "signoffs.csv", in: "signoffs.csv", "lena", "tara"),
        .text("a signature", "signoffs.csv", in: "signoffs.csv", "\"UNSIGNED\"", "\"SIGNED\""),
        Forgery("a sign-off that is left out", "signoffs.csv") { folder in
            let rows = String(decoding: folder.files["signoffs.csv"] ?? [], as: UTF8.self)
                .split(separator: "\r\n")
            folder.files["signoffs.csv"] = Array(
                rows.dropLast().map { "\($0)\r\n" }.joined().utf8
            )
        },
        .text(
            "a type of an attachment",
            "of another type",
            in: "attachments.jsonl",
            "text/plain",
            "text/html!"
        ),
        Forgery("an attachment twice", "stands there twice") { folder in
            let lines = folder.files["attachments.jsonl"] ?? []
            folder.files["attachments.jsonl"] = lines + lines
        },
        Forgery("a definition that is left out", "is missing") { folder in
            let path = folder.files.keys.first { $0.hasPrefix("definitions/") }
            folder.files[try #require(path)] = nil
        },
        Forgery("another definition", "is missing, or not") { folder in
            let path = folder.files.keys.first { $0.hasPrefix("definitions/") }
            folder.files[try #require(path)]?.append(0x20)
        },
        Forgery("a table that is not listed", "does not list signoffs.csv") { folder in
            folder.files["signoffs.csv"] = nil
        },
        .text("counts", "the counts", in: "manifest.json", "\"unsigned\":4", "\"unsigned\":3"),
        .text(
            "a kind that is counted wrong",
            "the counts",
            in: "manifest.json",
            "\"kind\":\"gate-opened\"",
            "\"kind\":\"gate-spoiled\""
        ),
        .text("a version", "another version", in: "manifest.json", "\"v\":1}", "\"v\":2}"),
        .text(
            "a query",
            "not shown as the query selects",
            in: "manifest.json",
            "\"query\":{}",
            "\"query\":{\"to\":\"2020-01-01T00:00:00.000Z\"}"
        ),
        .text(
            "another spelling",
            "is not canonical",
            in: "attachments.jsonl",
            "\"mediaType\":",
            "\"mediaType\": "
        ),
        .text(
            "a copy of a body",
            "readable copy",
            in: "entries.jsonl",
            "\"approved\"",
            "\"rejected\""
        ),
    ]

    /// Gives the manifest the files that are there, and leaves the rest of it as it is.
    private func list(_ folder: inout MemoryFolder) throws {
        var manifest = try JSONValue(parsing: try #require(folder.files["manifest.json"]))
        let listed = folder.files.filter { !$0.key.hasPrefix("manifest.") }.sorted {
            $0.key < $1.key
        }
        .map { path, bytes in
            JSONValue.members([
                "path": path.json, "bytes": bytes.count.json,
                "sha256": SHA256.digest(of: bytes).json,
            ])
        }
        guard case .object(var members) = manifest else { return }
        members["files"] = .array(listed)
        manifest = .object(members)
        folder.files["manifest.json"] = manifest.canonicalBytes + [0x0A]
        folder.seal()
    }

    @Test(arguments: forgeries)
    func whatIsForgedIsRefused(_ forgery: Forgery) async throws {
        var (folder, _) = try await EvidenceBundleTests.bundle()
        try list(&folder)
        #expect(try EvidenceBundleTests.verdict(of: folder).code == 0)
        try forgery.forge(&folder)
        try list(&folder)
        folder.seal()
        let verdict = try EvidenceBundleTests.verdict(of: folder)
        #expect(verdict.code == 1 && verdict.text.contains("REFUSED"), "\(verdict.text)")
        #expect(verdict.text.contains(forgery.refusal), "\(verdict.text)")
    }

    @Test func aSignOffThatIsBoundToAnotherHistoryIsRefused() async throws {
        let log = try await EvidenceBundleTests.log()
        let size = try await log.head().size
        let entries = try await log.entries(in: 0..<size)
        let real = try #require(entries.last { $0.kind == "signed-off" })
        let root = try #require(real.body["signOff"]?["head"]?["rootHash"]?.string)
        let other = String(decoding: real.body.canonicalBytes, as: UTF8.self)
            .replacing(root, with: MerkleTree.emptyRoot.hex)
        try await log.append(
            [NewEntry(stream: real.stream, kind: real.kind, body: JSONValue(parsing: other))],
            at: EvidenceBundleTests.generatedAt,
            entropy: SystemEntropy().next()
        )
        var folder = MemoryFolder()
        let bundle = EvidenceBundle(
            of: log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test"
        )
        _ = try await bundle.write(to: &folder)
        let verdict = try EvidenceBundleTests.verdict(of: folder)
        #expect(verdict.code == 1 && verdict.text.contains("this log never had"), "\(verdict.text)")
    }

    @Test func whatIsNotCheckedIsSaid() async throws {
        var (folder, _) = try await EvidenceBundleTests.bundle()
        folder.files["definitions/stray.txt"] = [0x20]
        try list(&folder)
        folder.files["note.txt"] = [0x20]
        let verdict = try EvidenceBundleTests.verdict(of: folder)
        #expect(verdict.code == 0, "\(verdict.text)")
        for thing in [
            "VERIFY.txt", "'generatedAt'", "'tool'",
            "definitions/stray.txt: it belongs to no entry",
            "note.txt: the manifest does not list it",
        ] { #expect(verdict.text.contains("not checked: \(thing)"), "\(verdict.text)") }
    }
}
