// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
    import Testing

    @testable import DeployKit

    /// Every proof of small trees, made here and verified elsewhere, and back. `make proofs` goes
    /// to 256 leaves: 32,896 proofs of each kind.
    @Suite struct AuditProofOracleTests {
        private static let largest = count("DEPLOYKIT_PROOF_SIZE") ?? 24
        private static let flips = count("DEPLOYKIT_PROOF_FLIPS") ?? 4
        private static let lines = Task { await ProofLine.all(upTo: largest) }

        static func count(_ variable: String) -> Int? {
            getenv(variable).flatMap { Int(String(cString: $0)) }
        }

        private static let root =
            "/"
            + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

        static let hasPython = succeeds(["python3", "-c", ""])
        static let hasGo = succeeds(["deploykit-sumdb", "make", "1"])
        static let hasPymerkle = succeeds(["python3", "-c", "import pymerkle"])
        static let hasOpenSSL = succeeds(["openssl", "version"])

        private static func succeeds(_ words: [String]) -> Bool {
            do { return try Program.output(of: words) != nil } catch { return false }
        }

        /// What a program prints to whom a file with `text` is given, or `nil` when it refuses.
        private static func answer(
            _ words: [String],
            to text: String,
            _ more: String...
        ) throws -> String? {
            let path = try Program.temporaryFile(Array(text.utf8))
            defer { unlink(path) }
            return try Program.output(of: words + [path] + more)
                .map { String(decoding: $0, as: UTF8.self) }
        }

        private static var python: [String] { ["python3", "\(root)/Tests/Oracles/proofs.py"] }
        private static var sumdb: [String] { ["deploykit-sumdb"] }

        @Test func everySingleFlippedBitIsRefused() async {
            for kind in [ProofLine.Kind.inclusion, .consistency] {
                let lines = await Self.lines.value.filter { $0.kind == kind }
                let step = max(1, 2 * lines.count / max(2, Self.flips))
                for index in stride(from: step / 2, to: lines.count, by: step) {
                    #expect(lines[index].flipsThatPass == 0, "\(lines[index].text)")
                }
            }
        }

        @Test(.enabled(if: hasPython, "python3 is not installed"))
        func pythonVerifiesEveryProofOfOurs() async throws {
            let lines = await Self.lines.value
            let answer = try Self.answer(
                Self.python + ["check"],
                to: lines.map(\.text).joined(),
                String(Self.flips)
            )
            let each = Self.largest * (Self.largest + 1) / 2
            #expect(answer?.hasPrefix("\(each) inclusion, \(each) consistency, ") == true)
        }

        @Test(.enabled(if: hasPython, "python3 is not installed"))
        func weVerifyEveryProofOfPython() async throws {
            try await check(Program.output(of: Self.python + ["make", String(Self.largest)]))
        }

        @Test(.enabled(if: hasGo, "Go's sumdb is not installed"))
        func goVerifiesEveryProofOfOurs() async throws {
            let lines = await Self.lines.value
            let answer = try Self.answer(
                Self.sumdb + ["check"],
                to: lines.map(\.text).joined()
            )
            let each = Self.largest * (Self.largest + 1) / 2
            #expect(answer == "\(each) inclusion, \(each) consistency\n")
            let second = try #require(lines.first { $0.size == 2 }).text
            let elsewhere = second.replacing("inclusion 0", with: "inclusion 1")
            #expect(elsewhere != second)
            #expect(try Self.answer(Self.sumdb + ["check"], to: elsewhere) == nil)
        }

        @Test(.enabled(if: hasGo, "Go's sumdb is not installed"))
        func weVerifyEveryProofOfGo() async throws {
            try await check(Program.output(of: Self.sumdb + ["make", String(Self.largest)]))
        }

        private func check(_ output: [UInt8]?) async throws {
            let text = String(decoding: try #require(output), as: UTF8.self)
            let theirs = try text.split(separator: "\n").map { try ProofLine($0) }
            let each = Self.largest * (Self.largest + 1) / 2
            #expect(theirs.count == 2 * each)
            for line in theirs where !line.verifies() { Issue.record("\(line.text)") }
            let ours = await Self.lines.value.map(\.text)
            for (own, line) in zip(ours, theirs) where own != line.text {
                Issue.record("made otherwise: \(line.text)")
            }
        }

        @Test(.enabled(if: hasPymerkle, "the Python module pymerkle is not installed"))
        func pymerkleHasTheSameRoots() async throws {
            let roots = await Self.lines.value.filter { $0.kind == .inclusion && $0.place == 0 }
            let text = roots.map { "\($0.size) \($0.root.hex)\n" }.joined()
            #expect(try Self.answer(Self.python + ["roots"], to: text) == "\(Self.largest) roots\n")
        }

        @Test(.enabled(if: hasGo, "Go's sumdb is not installed"))
        func goOpensOurNotesAndWeReadItsOwn() throws {
            let golden = AuditCheckpointTests.golden
            let text = try Checkpoint(note: golden.utf8).text
            #expect(
                try Self.answer(Self.sumdb + ["open", AuditCheckpointTests.logKey], to: golden)
                    == text
            )
            let edited = golden.replacing("\n8\n", with: "\n9\n")
            #expect(
                try Self.answer(Self.sumdb + ["open", AuditCheckpointTests.logKey], to: edited)
                    == nil
            )
            // RFC 8032, test 1: the key that signed the golden note.
            let key =
                "PRIVATE+KEY+deploykit.example/log1+8670d06d+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
            let signed = try Self.answer(Self.sumdb + ["sign", key], to: text)
            let byLog = golden.split(separator: "\n", omittingEmptySubsequences: false).prefix(5)
            #expect(signed == byLog.joined(separator: "\n") + "\n")
        }

        @Test(.enabled(if: hasPython && hasOpenSSL, "python3 or openssl is not installed"))
        func theVerifierOfAuditorsAcceptsWhatWeWriteAndNothingElse() async throws {
            let script = ["python3", "\(Self.root)/Scripts/verify_proofs.py"]
            let (golden, log) = (AuditCheckpointTests.golden, AuditCheckpointTests.logKey)
            func checkpoint(_ note: String, _ keys: [String]) throws -> String? {
                let options = keys.flatMap { ["--key", $0] }
                return try Self.answer(script + ["checkpoint"] + options, to: note)
            }
            let both = try checkpoint(golden, [log, AuditCheckpointTests.witnessKey])
            #expect(both?.contains("good, by deploykit.example/log1") == true)
            #expect(both?.contains("good, by witness.example/w1 at 2026-01-01T00:00:00Z") == true)
            #expect(try checkpoint(golden.replacing("\n8\n", with: "\n9\n"), [log]) == nil)
            #expect(
                try checkpoint(
                    golden.replacing("BNLYMwAAAABpV", with: "BNLYMwAAAABpW"),
                    [AuditCheckpointTests.witnessKey]
                ) == nil
            )
            #expect(
                try checkpoint(
                    golden,
                    ["PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
                ) == nil
            )

            let ours = AuditLog(store: InMemoryAuditStore(), origin: "deploykit.example/log1")
            for number in 0..<7 {
                try await ours.append(
                    [NewEntry("a", number)],
                    at: Timestamp(milliseconds: 0),
                    entropy: entropy(number)
                )
            }
            let newest = try Checkpoint(try await ours.head())
            let records = try await ours.store.records(in: 3..<5)
            let receipt = InclusionProofFile(
                position: 3,
                proof: try await ours.inclusionProof(of: 3, in: 8),
                checkpoint: newest,
                extra: [1, 2, 3]
            ).text
            func verdict(_ receipt: String, of header: [UInt8]) throws -> String? {
                let path = try Program.temporaryFile(header)
                defer { unlink(path) }
                return try Self.answer(script + ["receipt", "--header", path], to: receipt)
            }
            let good = try verdict(receipt, of: records[0].header)
            #expect(good?.hasPrefix("receipt: entry 3 is in the log") == true)
            #expect(try verdict(receipt, of: records[1].header) == nil)
            let elsewhere = receipt.replacing("index 3", with: "index 2")
            #expect(try verdict(elsewhere, of: records[0].header) == nil)
            #expect(try verdict(elsewhere, of: records[1].header) == nil)

            let first = try Checkpoint(
                LogHead(
                    origin: "deploykit.example/log1",
                    size: 1,
                    root: MerkleTree.leafHash(try await ours.store.records(in: 0..<1)[0].header)
                )
            )
            let file = ConsistencyProofFile(
                oldSize: 1,
                proof: try await ours.consistencyProof(from: 1, to: 8),
                checkpoint: newest
            ).text
            func continues(_ old: Checkpoint, _ file: String) throws -> Bool {
                let path = try Program.temporaryFile(Array(old.note.utf8))
                defer { unlink(path) }
                return try Self.answer(script + ["consistency", "--old", path], to: file) != nil
            }
            #expect(try continues(first, file))
            #expect(try !continues(newest, file))
            #expect(try !continues(first, file.replacing("old 1", with: "old 2")))
        }
    }
#endif
