// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Heads that are kept outside the store, and what they find.
@Suite struct AnchorTests {
    private static let store = ".deploykit/store.sqlite"

    /// A store with a sign-off, so that a receipt was handed out.
    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.start()
        #expect(try bench.run("done", "1.1", "--note", "canary-6b1f seen").code == 0)
        return bench
    }

    @Test func aCheckpointAnchorsTheLogThatContinuesIt() throws {
        let bench = try bench()
        let checkpoint = try bench.run("audit", "checkpoint")
        #expect(checkpoint.code == 0)
        try bench.write(checkpoint.output, to: "head")
        #expect(try Checkpoint(note: bench.bytes("head")).head.size == 5)
        #expect(try bench.run("note", "later").code == 0)
        let verified = try bench.run("audit", "verify", "--against", "head", "--require-anchor")
        #expect(verified.code == 0)
        #expect(verified.output.hasPrefix("ANCHORED (checkpoint)"))
    }

    @Test func anotherLogDiverges() throws {
        let (first, second) = (try bench(), try bench())
        // The same name, another history.
        try second.write(try first.bytes(Self.store), to: "other.sqlite")
        let store = "\(second.path)/other.sqlite"
        chmod(store, 0o600)
        #expect(try second.run("note", "here", "--store", store).code == 0)
        #expect(try first.run("note", "there").code == 0)
        let head = try first.run("audit", "checkpoint").output
        try second.write(head, to: "head")
        let verified = try second.run("audit", "verify", "--against", "head", "--store", store)
        #expect(verified.code == 1)
        #expect(verified.output.hasPrefix("DIVERGED"))
    }

    @Test func anEditedEntryIsInvalid() throws {
        let bench = try bench()
        var bytes = try bench.bytes(Self.store)
        let word = Array("item-done".utf8)
        let place = bytes.indices.dropLast(word.count).last { start in
            bytes[start..<start + word.count].elementsEqual(word)
        }
        bytes[try #require(place)] = UInt8(ascii: "I")
        try bench.write(bytes, to: Self.store)
        let verified = try bench.run("audit", "verify")
        #expect(verified.code == 3)
        #expect(
            verified.output.hasPrefix("INVALID") && verified.output.contains("from the headers")
        )
    }

    @Test func aRestoredBackupIsNoticedAndRecovered() throws {
        let bench = try bench()
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost with the disk").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(backup, to: Self.store)
        let verified = try bench.run("audit", "verify")
        #expect(verified.code == 1)
        #expect(verified.output.hasPrefix("DIVERGED"))
        let refused = try bench.run("note", "as if nothing had happened")
        #expect(refused.code != 0)
        #expect(try bench.run("audit", "recover", "--reason", "the disk failed").code == 0)
        #expect(try bench.run("note", "after the loss").code == 0)
        let after = try bench.run("audit", "verify")
        #expect(after.code == 0 && after.output.contains("/e2"), "\(after.output)")
        #expect(try bench.run("audit", "recover", "--reason", "again").code != 0)
    }

    @Test func aBackupFromBeforeARecoveryIsRecoveredUnderANameThatIsFree() throws {
        let bench = try bench()
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost with the first disk").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(backup, to: Self.store)
        #expect(try bench.run("audit", "recover", "--reason", "the first disk failed").code == 0)
        #expect(try bench.run("note", "lost with the second disk").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(backup, to: Self.store)
        #expect(try bench.run("audit", "verify").code == 1)
        let again = try bench.run("audit", "recover", "--reason", "the second disk failed")
        #expect(again.code == 0 && again.output.contains("/e3"), "\(again.errors)")
        #expect(try bench.run("note", "after both").code == 0)
        #expect(try bench.run("audit", "verify").output.contains("/e3"))
    }

    @Test func receiptsOfThisMachineSpeakWhereItsNoteIsGone() throws {
        let bench = try bench()
        let backup = try bench.bytes(Self.store)
        let signed = try bench.run(
            "sign",
            "qa-engineer",
            "--approve",
            with: ["DEPLOYKIT_ACTOR": "lena@example.com"]
        )
        #expect(signed.code == 0 && signed.errors.contains("receipt"), "\(signed.errors)")
        let notes = try bench.runProgram("/bin/rm", "-r", "../.local/state/deploykit/heads")
        #expect(notes == 0)
        let whole = try bench.run("audit", "verify", "--require-anchor")
        #expect(whole.code == 0)
        #expect(whole.output.hasPrefix("ANCHORED (this machine's receipts only)"))
        #expect(try bench.runProgram("/bin/rm", "-r", "../.local/state/deploykit/heads") == 0)
        try bench.write(backup, to: Self.store)
        let save = ["store", "save", "older.sqlite", "--store", Self.store]
        #expect(try bench.run(words: save).code == 1)
        let elsewhere = ["XDG_STATE_HOME": "\(bench.path)/elsewhere"]
        #expect(try bench.run(words: save, with: elsewhere).code == 0)
        #expect(try bench.runProgram("/bin/rm", Self.store) == 0)
        let stale = try bench.run("store", "restore", "older.sqlite")
        #expect(stale.code == 1 && stale.errors.contains("stale"), "\(stale.errors)")
        try bench.write(backup, to: Self.store)
        chmod("\(bench.path)/\(Self.store)", 0o600)
        let cut = try bench.run("audit", "verify")
        #expect(cut.code == 1 && cut.output.contains(".tlog-proof'"), "\(cut.output)")
        let recovered = try bench.run("audit", "recover", "--reason", "the disk failed")
        #expect(recovered.code == 0 && recovered.output.contains("/e2"), "\(recovered.errors)")
    }

    @Test func aLogThatLostWhatThisMachineSawOpensNoGate() throws {
        let bench = try bench()
        let before = try bench.run("gate")
        let backup = try bench.bytes(Self.store)
        let signed = try bench.run(
            "sign",
            "qa-engineer",
            "--approve",
            with: ["DEPLOYKIT_ACTOR": "lena@example.com"]
        )
        #expect(signed.code == 0, "\(signed.errors)")
        try bench.write(backup, to: Self.store)
        chmod("\(bench.path)/\(Self.store)", 0o600)
        let after = try bench.run("gate")
        #expect(before.errors.isEmpty && after.code == 1 && after.output.isEmpty)
        #expect(after.errors.contains("this machine has seen"), "\(after.errors)")
        let exported = try bench.run("audit", "export", "--output", "evidence")
        #expect(exported.code == 0 && exported.errors.contains("is not the whole log"))
    }

    @Test func theCheckpointOfABundleIsSignedByTheKeyOfTheLog() throws {
        let bench = try bench()
        #expect(try bench.run("audit", "export", "--output", "unsigned").code == 0)
        #expect(!(try bench.read("unsigned/checkpoint").contains("\u{2014}")))
        let made = try bench.run("key", "init")
        #expect(made.code == 0, "\(made.errors)")
        #expect(try bench.run("audit", "export", "--output", "signed").code == 0)
        #expect(try bench.read("signed/checkpoint").contains("\n\n\u{2014} "))
        let missing = ["DEPLOYKIT_LOG_KEY": "\(bench.path)/absent.pem"]
        let refused = try bench.run("audit", "checkpoint", with: missing)
        #expect(refused.code == 3 && refused.output.isEmpty)
        #expect(refused.errors.contains("absent.pem"), "\(refused.errors)")
    }

    @Test func aRepeatedVerificationDoesNotAnchorWhatTheFirstRefused() throws {
        let bench = try bench()
        let fresh = ["XDG_STATE_HOME": "\(bench.path)/elsewhere"]
        for _ in 0..<2 {
            let refused = try bench.run("audit", "verify", "--require-anchor", with: fresh)
            #expect(refused.code == 2 && refused.output.hasPrefix("UNANCHORED"))
        }
        // Without the option, the first head is taken on trust, and the words say on whose.
        #expect(try bench.run("audit", "verify", with: fresh).output.hasPrefix("UNANCHORED"))
        let trusted = try bench.run("audit", "verify", "--require-anchor", with: fresh)
        #expect(trusted.code == 0)
        #expect(trusted.output.hasPrefix("ANCHORED (this machine's note only)"))
    }

    @Test func whatIsErasedIsGoneAndTheStateIsNot() throws {
        let bench = try bench()
        let canary = Array("canary-6b1f".utf8)
        func holdsCanary() throws -> Bool {
            let bytes = try bench.bytes(Self.store)
            return bytes.indices.dropLast(canary.count).contains { start in
                bytes[start] == canary[0]
                    && bytes[start..<start + canary.count].elementsEqual(canary)
            }
        }
        #expect(try holdsCanary())
        let before = try bench.run("status").output
        let erased = try bench.run("audit", "erase", "4", "--legal-basis", "GDPR Art. 17")
        #expect(erased.code == 0, "\(erased.errors)")
        #expect(!(try holdsCanary()))
        #expect(try bench.run("status").output == before)
        #expect(try bench.run("audit", "verify").code == 0)
        #expect(try bench.run("audit", "export", "--output", "out").code == 0)
        #expect(try bench.read("out/attachments.jsonl").contains("\"erased\":true"))
        #expect(try bench.read("out/entries.jsonl").contains("GDPR Art. 17"))
    }

    @Test func anOlderCopyIsStale() throws {
        let bench = try bench()
        #expect(try bench.run("store", "save", "saved.sqlite").code == 0)
        #expect(try bench.run("note", "later").code == 0)
        let stale = try bench.run("store", "restore", "saved.sqlite")
        #expect(stale.code == 1, "\(stale.errors)")
        #expect(try bench.run("store", "save", "saved.sqlite").code == 0)
        #expect(try bench.run("store", "restore", "saved.sqlite").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
    }

    @Test(.enabled("openssl is not installed") { access("/usr/bin/openssl", X_OK) == 0 })
    func aSignedHeadIsCheckedAgainstItsKey() throws {
        let bench = try bench()
        let made = try bench.run("key", "init", "--json")
        #expect(made.code == 0, "\(made.errors)")
        let head = try bench.run("audit", "checkpoint").output
        try bench.write(head, to: "head")
        #expect(head.contains("\n\u{2014} "))
        let answer = try made.json()
        let key = try #require(answer["key"]?.string)
        let good = try bench.run(
            "audit",
            "verify",
            "--against",
            "head",
            "--log-key",
            key
        )
        #expect(good.code == 0, "\(good.errors)")
        try bench.write(head.replacing("\n5\n", with: "\n4\n"), to: "head")
        let bad = try bench.run("audit", "verify", "--against", "head", "--log-key", key)
        #expect(bad.code == 3, "\(bad.output)\(bad.errors)")
    }

    @Test(
        .enabled("python3 or openssl is not installed") {
            access("/usr/bin/python3", X_OK) == 0 && access("/usr/bin/openssl", X_OK) == 0
        }
    )
    func anAuditorChecksAReceiptWithoutDeployKit() throws {
        let bench = try bench()
        let key = try #require(try bench.run("key", "init", "--json").json()["key"]?.string)
        let signed = try bench.run(
            "sign",
            "qa-engineer",
            "--approve",
            with: ["DEPLOYKIT_ACTOR": "lena@example.com"]
        )
        let line = signed.errors.split(separator: "\n").first { $0.contains("receipt: ") }
        let receipt = String(try #require(line?.split(separator: " ").last))
        #expect(try bench.run("note", "later").code == 0)
        #expect(try bench.run("audit", "export", "--output", "out").code == 0)
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        func verdict(_ entries: String, _ key: String) throws -> Int32 {
            try bench.runProgram(
                "/bin/sh",
                "-c",
                "exec /usr/bin/python3 -B \"$@\" >verdict 2>&1",
                "sh",
                "/\(root)/Scripts/verify_proofs.py",
                "receipt",
                receipt,
                "--entries",
                entries,
                "--key",
                key
            )
        }
        #expect(try verdict("out/entries.jsonl", key) == 0)
        #expect(try bench.read("verdict").contains("signature: good"))
        let entries = try bench.read("out/entries.jsonl").split(separator: "\n").reversed()
        try bench.write(entries.joined(separator: "\n"), to: "reversed.jsonl")
        #expect(try verdict("reversed.jsonl", key) == 1)
        #expect(
            try verdict(
                "out/entries.jsonl",
                "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
            ) == 1
        )
        #expect(try bench.read("verdict").contains("no signature by example.com/foo"))
    }
}
