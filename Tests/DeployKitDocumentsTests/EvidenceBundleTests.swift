// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Glibc
import Testing

/// A bundle in memory, to be written and to be checked.
struct MemoryFolder: EvidenceSink, EvidenceSource {
    struct Missing: Error {}
    var files: [String: [UInt8]] = [:]

    mutating func append(_ bytes: [UInt8], to path: String) {
        files[path, default: []] += bytes
    }

    func read(_ path: String, _ take: ([UInt8]) -> Void) throws {
        guard let bytes = files[path] else { throw Missing() }
        take(bytes)
    }

    /// Writes the digest of the manifest as it is now.
    mutating func seal() {
        let digest = SHA256.digest(of: files["manifest.json"] ?? [])
        files["manifest.sha256"] = Array("\(digest.hex)  manifest.json\n".utf8)
    }
}

@Suite struct EvidenceBundleTests {
    static let generatedAt = Timestamp(milliseconds: 1_767_225_600_000)

    /// A log with two deployments, sign-offs, a withdrawal and texts that could do harm.
    static func log() async throws -> AuditLog {
        let checklist = try Checklist("Bundle", signOffs: [.two(of: "QA")]) {
            DeployKit.Phase("One") {
                Item("Do it")
                Item("Maybe", requirement: .conditional("if it is on"))
            }
        }
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "bundle.0123456789abcdef",
            clock: FixedClock()
        )
        for name in ["staging", "other"] {
            let live = try await deployments.start(
                checklist,
                environment: Environment(Environment.ID(name), tier: .test),
                version: "=1+1",
                source: (path: "page.md", bytes: Array("# Bundle\n".utf8)),
                by: .person("=cmd|' /C calc'!A0")
            )
            try await live.complete(
                "do-it",
                by: .person("lena"),
                note: "a \u{1B}[31mred\u{202E} note"
            )
            // A quotation mark that an accent makes another character of.
            try await live.sign("qa", .approved, by: .person("lena \"\u{301},x"), reason: "fine")
            try await live.sign("qa", .approved, by: .person("-2+3"))
            try await live.perform(.withdraw("qa", reason: "a mistake"), by: .person("-2+3"))
        }
        return deployments.log
    }

    static func bundle() async throws -> (MemoryFolder, EvidenceBundle.Summary) {
        let bundle = EvidenceBundle(of: try await log(), generatedAt: generatedAt, version: "test")
        var folder = MemoryFolder()
        let summary = try await bundle.write(to: &folder)
        return (folder, summary)
    }

    @Test func aBundleHoldsTogether() async throws {
        let (folder, summary) = try await Self.bundle()
        #expect(EvidenceCheck(reading: folder).faults == [])
        #expect(EvidenceCheck(reading: folder).head == summary.head)
        #expect(summary.signOffs == 4 && summary.unsigned == 4 && summary.deployments == 2)
        #expect(
            folder.files.keys.sorted().filter { !$0.hasPrefix("definitions/") } == [
                "VERIFY.txt", "allowed_signers", "attachments.jsonl", "checkpoint",
                "entries.jsonl", "entries.schema.json", "manifest.json", "manifest.sha256",
                "report.html", "signoffs.csv",
            ]
        )
        // One checklist and one page, however many deployments follow them.
        #expect(folder.files.keys.count { $0.hasPrefix("definitions/") } == 2)
    }

    @Test func theSameLogGivesTheSameBytes() async throws {
        let log = try await Self.log()
        var folders: [MemoryFolder] = []
        for _ in 0..<2 {
            var folder = MemoryFolder()
            let bundle = EvidenceBundle(of: log, generatedAt: Self.generatedAt, version: "test")
            _ = try await bundle.write(to: &folder)
            folders.append(folder)
        }
        #expect(folders[0].files == folders[1].files)
    }

    @Test func noCellIsAFormulaAndEveryValueComesBack() async throws {
        let text = String(
            decoding: try await Self.bundle().0.files["signoffs.csv"] ?? [],
            as: UTF8.self
        )
        let rows = text.split(separator: "\r\n")
        #expect(rows.count == 1 + 4 + 2)
        for row in rows {
            for cell in row.dropFirst().dropLast().split(separator: "\",\"") {
                #expect(!"=+-@\t".contains(cell.first ?? " "), "\(cell)")
            }
        }
        #expect(text.contains("\"'=1+1\"") && text.contains("\"'-2+3\""))
        #expect(text.contains("\"withdrawn\""))
    }

    /// Every changed byte is found, the manifest's included.
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func aChangedByteIsFound(seed: UInt64) async throws {
        var (folder, _) = try await Self.bundle()
        var random = SplitMix64(seed: seed)
        let paths = folder.files.keys.sorted()
        let path = paths[Int.random(in: paths.indices, using: &random)]
        let count = folder.files[path]?.count ?? 0
        let place = Int.random(in: 0..<count, using: &random)
        folder.files[path]?[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        #expect(EvidenceCheck(reading: folder).faults != [], "\(path) at \(place)")
    }

    /// Without python3 there is nothing to compare with.
    @Test(.enabled(if: hasPython, "python3 is not installed"))
    func theIndependentVerifierAgrees() async throws {
        var (folder, _) = try await Self.bundle()
        #expect(try Self.verdict(of: folder).code == 0)
        folder.files["entries.jsonl"]?[200] ^= 1
        #expect(try Self.verdict(of: folder).code == 1)
    }

    static let hasPython = system("command -v python3 >/dev/null 2>&1") == 0

    /// What the script for auditors says of a bundle.
    static func verdict(of folder: MemoryFolder) throws -> (code: Int32, text: String) {
        var template = Array("/tmp/evidence-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let path = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        defer { _ = system("rm -rf '\(path)'") }
        for name in ["definitions", "proofs", "signoffs"] { mkdir("\(path)/\(name)", 0o755) }
        for (name, bytes) in folder.files {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            _ = fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let output = "\(path).txt"
        defer { unlink(output) }
        let status = system(
            "python3 -B '/\(root)/Scripts/verify_bundle.py' '\(path)' >'\(output)' 2>&1"
        )
        var text = [UInt8](repeating: 0, count: 1 << 16)
        let file = try #require(fopen(output, "r"))
        defer { fclose(file) }
        let count = fread(&text, 1, text.count, file)
        return (status >> 8 & 0xFF, String(decoding: text[..<count], as: UTF8.self))
    }
}
