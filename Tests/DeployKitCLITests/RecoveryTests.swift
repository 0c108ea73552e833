// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Glibc
import Testing

/// Recoveries that one machine makes and another one meets.
@Suite struct RecoveryTests {
    private static let store = ".deploykit/store.sqlite"

    /// A store that one machine saw grow, and another one restored from a backup and recovered.
    ///
    /// `backup` is the store before the loss, `head` what `colleague` was told of it.
    private struct Scene {
        let bench: Bench
        let colleague: [String: String]
        let backup: [UInt8]
        /// The entry that records the recovery.
        let position: Int

        init() throws {
            bench = try Bench()
            colleague = ["XDG_STATE_HOME": "\(bench.path)/colleague"]
            try bench.start()
            backup = try bench.bytes(RecoveryTests.store)
            #expect(try bench.run("note", "lost with the disk").code == 0)
            try bench.write(bench.run("audit", "checkpoint").output, to: "head")
            try bench.restore(backup)
            let recovered = try bench.run(
                "audit",
                "recover",
                "--against",
                "head",
                "--reason",
                "the disk failed",
                "--json",
                with: colleague
            )
            try #require(recovered.code == 0, "\(recovered.errors)")
            position = try #require(try recovered.json()["position"]?.integer.map { Int($0) })
            #expect(recovered.errors.contains("rests on your word"), "\(recovered.errors)")
        }
    }

    /// To accept a loss gives up what this machine kept, never what a person names.
    @Test func aHeadThatIsNamedIsNotGivenUp() throws {
        let scene = try Scene()
        let bench = scene.bench
        #expect(try bench.run("store", "save", "e2.sqlite", with: scene.colleague).code == 0)
        try bench.write(bench.run("audit", "checkpoint", with: scene.colleague).output, to: "after")
        #expect(try bench.runProgram("/bin/rm", Self.store) == 0)
        let restore = ["store", "restore", "e2.sqlite", "--accept-loss", "--against"]
        let refused = try bench.run(words: restore + ["head"])
        #expect(refused.code == 1 && refused.errors.contains("'head'"), "\(refused.errors)")
        #expect(try bench.runProgram("/usr/bin/test", "-e", Self.store) == 1)
        #expect(try bench.run(words: restore + ["after"]).code == 0)
    }

    @Test func nobodyIsLedToSignOverALogThatWasCut() throws {
        let bench = try Bench()
        try bench.start()
        try ExitTableTests.loseTheEnd(bench)
        let words = ["sign", "qa", "--approve", "--as", "lena@example.com", "--prepare", "qa.pae"]
        let run = try bench.run(words: words)
        #expect(run.code == 1 && run.errors.contains("this machine"), "\(run.errors)")
        #expect(try bench.runProgram("/usr/bin/test", "-e", "qa.pae") == 1)
    }

    @Test func aRecoveryMadeElsewhereIsRefusedUntilItIsAcceptedHere() throws {
        let scene = try Scene()
        let bench = scene.bench
        let verified = try bench.run("audit", "verify")
        #expect(verified.code == 1 && verified.output.hasPrefix("DIVERGED"), "\(verified.output)")
        #expect(verified.output.contains("has not accepted"), "\(verified.output)")
        for words in [["gate"], ["note", "as if nothing had happened"], ["audit", "checkpoint"]] {
            let refused = try bench.run(words: words)
            #expect(refused.code == 1 && refused.output.isEmpty, "\(words): \(refused.output)")
            #expect(refused.errors.contains("--accept \(scene.position)"), "\(refused.errors)")
        }
        let exported = try bench.run("audit", "export", "--output", "evidence")
        #expect(exported.code == 0 && exported.errors.contains("is not the whole log"))
        // To recover it once more is no way around.
        let again = try bench.run("audit", "recover", "--reason", "again")
        #expect(again.code == 1 && again.errors.contains("has not accepted"), "\(again.errors)")

        try bench.write(bench.run("audit", "checkpoint", with: scene.colleague).output, to: "after")
        let accept = ["audit", "recover", "--accept", "\(scene.position)", "--against"]
        let other = try bench.run(words: accept + ["head"])
        #expect(other.code == 1 && other.errors.contains("nothing is accepted"), "\(other.errors)")
        #expect(try bench.run("audit", "verify").code == 1)
        let accepted = try bench.run(words: accept + ["after"])
        #expect(accepted.code == 0, "\(accepted.errors)")
        #expect(accepted.output.contains("/lost/"), "\(accepted.output)")
        let after = try bench.run("audit", "verify", "--require-anchor")
        #expect(after.code == 0 && after.output.hasPrefix("ANCHORED"), "\(after.output)")
        #expect(try bench.run("note", "after the loss").code == 0)
        #expect(try bench.run("gate").errors.isEmpty)
    }

    @Test func whatIsLostAfterAnAcceptedRecoveryIsNotAccepted() throws {
        let scene = try Scene()
        let bench = scene.bench
        #expect(try bench.run("audit", "recover", "--accept", "\(scene.position)").code == 0)
        let recovered = try bench.bytes(Self.store)
        #expect(try bench.run("note", "after the loss").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        // Back to before the note, and to before the recovery.
        for older in [recovered, scene.backup] {
            try bench.restore(older)
            let verified = try bench.run("audit", "verify")
            #expect(verified.code == 1, "\(verified.output)")
            #expect(try bench.run("note", "nothing happened").code == 1)
        }
        // The owner recovers once more, below what was accepted.
        let again = try bench.run(
            "audit",
            "recover",
            "--against",
            "head",
            "--reason",
            "the disk failed",
            with: ["XDG_STATE_HOME": "\(bench.path)/owner"]
        )
        #expect(again.code == 0, "\(again.errors)")
        #expect(try bench.run("gate").code == 1)
        // Under the name that is lost too, this machine can only go on under the next.
        let own = try bench.run("audit", "recover", "--reason", "rolled back")
        #expect(own.code == 0 && own.output.contains("/e3"), "\(own.output)\(own.errors)")
        let verified = try bench.run("audit", "verify", "--require-anchor")
        #expect(verified.code == 0, "\(verified.output)")
    }

    @Test func onlyAnEntryThatRecordsARecoveryIsAccepted() throws {
        let scene = try Scene()
        for position in [0, scene.position - 1, scene.position + 1, 1_000_000] {
            let refused = try scene.bench.run("audit", "recover", "--accept", "\(position)")
            #expect(refused.code == 1 && refused.errors.contains("records a recovery"))
        }
        let mixed = try scene.bench.run("audit", "recover", "--accept", "5", "--reason", "so")
        #expect(mixed.code == 64)
        #expect(try scene.bench.run("audit", "verify").code == 1)
    }

    @Test func aRecoveryThatRewroteMoreThanItSaysIsNotAccepted() throws {
        let scene = try Scene()
        let bench = scene.bench
        let origin = String(try bench.read("head").prefix { $0 != "\n" })
        let note = "../.local/state/deploykit/heads/\(origin)"
        // This machine saw another log where the recovery says that nothing changed.
        let lines = try bench.read(note).split(separator: "\n", omittingEmptySubsequences: false)
        try bench.write(([lines[0], "2"] + lines[2...]).joined(separator: "\n"), to: note)
        let refused = try bench.run("audit", "recover", "--accept", "\(scene.position)")
        #expect(refused.code == 1 && refused.errors.contains("was rewritten"), "\(refused.errors)")
        #expect(try bench.run("audit", "verify").code == 1)
        #expect(try bench.run("note", "nevertheless").errors.contains("evidence"))
    }

    @Test func receiptsOfAnEpochThatWasClosedElsewhereSpeakWhereItsNoteIsGone() throws {
        let bench = try Bench()
        try bench.start()
        let backup = try bench.bytes(Self.store)
        let signed = try bench.run(
            "sign",
            "qa-engineer",
            "--approve",
            with: ["DEPLOYKIT_ACTOR": "lena@example.com"]
        )
        #expect(signed.errors.contains("receipt"), "\(signed.errors)")
        try bench.write(bench.run("audit", "checkpoint").output, to: "head")
        #expect(try bench.runProgram("/bin/rm", "-r", "../.local/state/deploykit/heads") == 0)
        try bench.restore(backup)
        let recovered = try bench.run(
            words: ["audit", "recover", "--against", "head", "--reason", "hide", "--json"],
            with: ["XDG_STATE_HOME": "\(bench.path)/owner"]
        )
        #expect(recovered.code == 0, "\(recovered.errors)")
        #expect(try bench.run("gate").code == 1)
        let verified = try bench.run("audit", "verify")
        #expect(verified.code == 1 && verified.output.contains(".tlog-proof'"))
        let position = try #require(try recovered.json()["position"]?.integer)
        #expect(try bench.run("audit", "recover", "--accept", "\(position)").code == 0)
        #expect(try bench.run("audit", "verify", "--require-anchor").code == 0)
    }

    /// A copy that was recovered, or is from before a recovery, is put in place with open eyes only.
    @Test func aRestoredCopyIsHeldAgainstAllNamesOfTheLog() throws {
        let scene = try Scene()
        let bench = scene.bench
        #expect(try bench.run("store", "save", "e2.sqlite", with: scene.colleague).code == 0)
        #expect(try bench.runProgram("/bin/rm", Self.store) == 0)
        let refused = try bench.run("store", "restore", "e2.sqlite")
        #expect(refused.code == 1, "\(refused.errors)")
        #expect(refused.errors.contains("its entry \(scene.position)"), "\(refused.errors)")
        #expect(refused.errors.contains("--accept-loss takes it"), "\(refused.errors)")
        let accepted = try bench.run("store", "restore", "e2.sqlite", "--accept-loss")
        #expect(accepted.code == 0 && accepted.errors.contains("given up"), "\(accepted.errors)")
        let verified = try bench.run("audit", "verify", "--require-anchor")
        #expect(verified.code == 0 && verified.output.contains("/e2"), "\(verified.output)")
        #expect(try bench.run("store", "restore", "e2.sqlite").code == 0)
        #expect(try bench.run("note", "after").code == 0)
        try bench.write(scene.backup, to: "e1.sqlite")
        chmod("\(bench.path)/e1.sqlite", 0o600)
        let stale = try bench.run("store", "restore", "e1.sqlite")
        #expect(stale.code == 1 && stale.errors.contains("stale"), "\(stale.errors)")
        #expect(try bench.run("store", "restore", "e1.sqlite", "--accept-loss").code == 0)
        #expect(try bench.run("gate").code == 1)
        let recovered = try bench.run("audit", "recover", "--reason", "the copy is all there is")
        #expect(recovered.code == 0 && recovered.output.contains("/e3"), "\(recovered.errors)")
    }

    @Test func readingVerbsSayThatTheLogWasRolledBack() throws {
        let bench = try Bench()
        try bench.start()
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        let verbs = [["status"], ["inbox"], ["list"], ["audit", "log"], ["contract", "list"]]
        for words in verbs { #expect(try bench.run(words: words).errors.isEmpty, "\(words)") }
        try bench.restore(backup)
        for words in verbs {
            let shown = try bench.run(words: words)
            #expect(shown.code == 0 && !shown.output.isEmpty)
            #expect(shown.errors.contains("this machine has seen"), "\(words): \(shown.errors)")
        }
    }

    @Test func aLogWithoutEntriesHasNoHead() async throws {
        let bench = try Bench()
        let store = try await SQLiteAuditStore(path: "\(bench.path)/empty.sqlite")
        await store.close()
        let checkpoint = try bench.run("audit", "checkpoint", "--store", "empty.sqlite")
        #expect(checkpoint.code == 1 && checkpoint.output.isEmpty)
        #expect(checkpoint.errors.contains("nothing is recorded yet"), "\(checkpoint.errors)")
        let verified = try bench.run("audit", "verify", "--store", "empty.sqlite")
        #expect(verified.code == 0 && verified.output.hasPrefix("UNANCHORED\n"))
        #expect(verified.output.contains("nothing is recorded yet"), "\(verified.output)")
        #expect(!verified.output.contains("origin"), "\(verified.output)")
        let json = try bench.run("audit", "verify", "--store", "empty.sqlite", "--json").json()
        #expect(json["head"] == nil && json["verdict"]?.string == "UNANCHORED")
        #expect(try bench.runProgram("/bin/ls", "../.local/state/deploykit/heads") != 0)
    }

    // MARK: heads that are not believed

    @Test func aHeadThatSomebodyMadeUpMakesNoRecovery() throws {
        let bench = try Bench()
        try bench.start()
        let head = try bench.run("audit", "checkpoint").output
        let size = try Checkpoint(note: Array(head.utf8)).head.size
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        let root = Base64Root.zero
        for (made, word) in [
            ("1", "contradicts"), ("\(size)", "contradicts"), ("9007199254740992", "are the most"),
            ("9223372036854775807", "are the most"), ("9223372036854775808", "no number"),
        ] {
            let note = [String(lines[0]), made, root, "", ""].joined(separator: "\n")
            try bench.write(note, to: "made-up")
            let refused = try bench.run(
                words: ["audit", "recover", "--against", "made-up", "--reason", "so"]
            )
            #expect(refused.code == 3 && refused.errors.contains(word), "\(refused.errors)")
            #expect(refused.errors.contains("'made-up'"), "\(refused.errors)")
        }
        // A later name would be as good a lie.
        try bench.write("\(lines[0])/e9\n3\n\(root)\n\n", to: "made-up")
        let refused = try bench.run("audit", "recover", "--against", "made-up", "--reason", "so")
        #expect(refused.code == 3 && refused.errors.contains("contradicts"), "\(refused.errors)")
        #expect(try bench.run("audit", "checkpoint").output == head)
    }

    /// A log that begins under the name of a second epoch has no first one to compare.
    @Test func aLogThatBeginsAsASecondEpochIsStillKnown() async throws {
        let bench = try Bench()
        try bench.start()
        let origin = try bench.run("audit", "checkpoint").output.prefix { $0 != "\n" }
        let store = try await SQLiteAuditStore(path: "\(bench.path)/forged.sqlite")
        var random = SplitMix64(seed: 1)
        try await AuditLog(store: store, origin: "\(origin)/e2").append(
            (0..<9).map { NewEntry(stream: "a", kind: "test", body: .members(["n": $0.json])) },
            at: Timestamp(milliseconds: 1_767_225_600_000),
            entropy: Entropy(using: &random)
        )
        await store.close()
        let verified = try bench.run("audit", "verify", "--store", "forged.sqlite")
        #expect(verified.code == 1 && verified.output.hasPrefix("DIVERGED"), "\(verified.output)")
        #expect(try bench.run("list", "--store", "forged.sqlite").errors.contains("has seen"))
    }

    @Test(.enabled("openssl is not installed") { access("/usr/bin/openssl", X_OK) == 0 })
    func whereTheKeyIsOnlyASignedHeadMakesARecovery() throws {
        let bench = try Bench()
        try bench.start()
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost with the disk").code == 0)
        try bench.write(bench.run("audit", "checkpoint").output, to: "unsigned")
        #expect(try bench.run("key", "init").code == 0)
        try bench.write(bench.run("audit", "checkpoint").output, to: "signed")
        try bench.restore(backup)
        let elsewhere = ["XDG_STATE_HOME": "\(bench.path)/elsewhere"]
        let recover = ["audit", "recover", "--reason", "the disk failed", "--against"]
        let refused = try bench.run(words: recover + ["unsigned"], with: elsewhere)
        #expect(refused.code == 3 && refused.errors.contains("is not signed"), "\(refused.errors)")
        let taken = try bench.run(words: recover + ["signed"], with: elsewhere)
        #expect(taken.code == 0 && !taken.errors.contains("unsigned"), "\(taken.errors)")
        // The same key signed under the name before.
        let verified = try bench.run("audit", "verify", "--against", "signed", with: elsewhere)
        #expect(verified.code == 1 && verified.output.contains(", signed"), "\(verified.output)")
    }

    // MARK: files that are no heads

    @Test func aReceiptIsCheckedWhole() throws {
        let bench = try Bench()
        try bench.start()
        let signed = try bench.run(
            "sign",
            "qa-engineer",
            "--approve",
            with: ["DEPLOYKIT_ACTOR": "lena@example.com"]
        )
        let line = signed.errors.split(separator: "\n").first { $0.contains("receipt, ") }
        let path = String(try #require(line?.split(separator: " ").last))
        let receipt = try Bench.read(path)
        let lines = receipt.split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init
        )
        let index = try #require(Int(lines[1].dropFirst("index ".count)))
        func altered(_ place: Int, _ text: String?) -> String {
            var lines = lines
            lines[place...place] = [text].compactMap { $0 }[...]
            return lines.joined(separator: "\n")
        }
        #expect(lines.count > 4)
        for (number, text) in [
            altered(1, "index \(index - 1)"), altered(1, "index \(index + 1)"),
            altered(1, "index 100000"), altered(1, "index 0"), altered(2, Base64Root.zero),
            altered(2, nil),
        ].enumerated() {
            try bench.write(text, to: "altered")
            for verb in [["verify"], ["recover", "--reason", "so"]] {
                let run = try bench.run(words: ["audit"] + verb + ["--against", "altered"])
                #expect(run.code == 3, "\(number) \(verb): \(run.output)\(run.errors)")
                #expect(run.errors.contains("'altered'"), "\(number) \(verb): \(run.errors)")
            }
        }
        let good = try bench.run("audit", "verify", "--against", path)
        #expect(good.code == 0 && good.output.hasPrefix("ANCHORED (receipt)"), "\(good.errors)")
        // The same of a receipt that this machine keeps.
        let file = try #require(fopen(path, "w"))
        let text = altered(2, Base64Root.zero)
        fputs(text, file)
        fclose(file)
        let own = try bench.run("audit", "verify")
        #expect(own.code == 3 && own.errors.contains("were altered"), "\(own.output)\(own.errors)")
    }

    @Test(arguments: [["audit", "verify"], ["audit", "recover", "--reason", "so"]])
    func whatIsNoRegularFileIsNoHead(words: [String]) throws {
        let bench = try Bench()
        try bench.start()
        try #require(mkfifo("\(bench.path)/pipe", 0o600) == 0)
        for name in ["pipe", "/dev/zero", "."] {
            let refused = try bench.run(words: words + ["--against", name])
            #expect(refused.code == 3 && refused.output.isEmpty, "\(name): \(refused.errors)")
            #expect(refused.errors.contains("'\(name)' is "), "\(refused.errors)")
        }
        #expect(truncate("\(bench.path)/checklist.json", 300 << 20) == 0)
        let large = try bench.run(words: words + ["--against", "checklist.json"])
        #expect(large.code == 3 && large.errors.contains("300 MiB"), "\(large.errors)")
        #expect(large.errors.contains("128 KiB are the limit"), "\(large.errors)")
    }
}

private enum Base64Root {
    static let zero = String(repeating: "A", count: 43) + "="
}

extension Bench {
    fileprivate func restore(_ bytes: [UInt8]) throws {
        try write(bytes, to: ".deploykit/store.sqlite")
        // The journal belongs to the file that gave way.
        unlink("\(path)/.deploykit/store.sqlite-journal")
    }
}
