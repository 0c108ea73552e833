// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Glibc
import Testing

/// What is said of heads and receipts where they are compared with a bundle, or with little.
@Suite struct AnchorEdgeTests {
    private static let store = ".deploykit/store.sqlite"
    private static let hasOpenSSL = access("/usr/bin/openssl", X_OK) == 0

    /// A store with a sign-off, the file of its receipt, and a bundle of it.
    private func bundle() throws -> (bench: Bench, receipt: String) {
        let bench = try Bench()
        try bench.start()
        let lena = ["DEPLOYKIT_ACTOR": "lena@example.com"]
        let signed = try bench.run("sign", "qa-engineer", "--approve", with: lena)
        let line = signed.errors.split(separator: "\n").first { $0.contains("receipt") }
        let receipt = String(try #require(line?.split(separator: " ").last))
        #expect(try bench.runProgram("/bin/cp", receipt, "receipt") == 0)
        #expect(try bench.run("note", "later").code == 0)
        #expect(try bench.run("audit", "export", "--output", "out").code == 0)
        return (bench, "receipt")
    }

    @Test func aBundleIsComparedWithTheWholeReceipt() throws {
        let (bench, receipt) = try bundle()
        let good = try bench.run("audit", "verify", "out", "--against", receipt)
        #expect(good.code == 0, "\(good.output)\(good.errors)")
        #expect(good.output.hasPrefix("ANCHORED (receipt)"), "\(good.output)")
        #expect(good.output.contains("entries): contained"), "\(good.output)")
        let json = try bench.run("audit", "verify", "out", "--against", receipt, "--json").json()
        #expect(json["words"]?.string == "ANCHORED (receipt)")
        #expect(json["anchors"]?.array?.first?["isContained"] == true.json)

        var lines = try bench.read(receipt).split(separator: "\n", omittingEmptySubsequences: false)
        let hash = try #require(lines.firstIndex { $0.count == 44 })
        let end = try #require(lines.firstIndex(of: ""))
        try #require(hash < end)
        lines[hash] = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
        try bench.write(lines.joined(separator: "\n"), to: "altered")
        let altered = try bench.run("audit", "verify", "out", "--against", "altered")
        #expect(altered.code == 3, "\(altered.output)\(altered.errors)")
        #expect(altered.errors.contains("were altered"), "\(altered.errors)")
    }

    @Test func aFileThatTheManifestDoesNotListIsNamed() throws {
        let (bench, _) = try bundle()
        try bench.write("approved", to: "out/APPROVAL.txt")
        try bench.makeFolder("out/more")
        try bench.write("{}", to: "out/more/entries.jsonl")
        let run = try bench.run("audit", "verify", "out")
        #expect(run.code == 0 && run.output.hasPrefix("UNANCHORED"), "\(run.output)")
        #expect(run.output.contains("not of the bundle: APPROVAL.txt"), "\(run.output)")
        #expect(run.output.contains("not of the bundle: more/entries.jsonl"), "\(run.output)")
        let json = try bench.run("audit", "verify", "out", "--json").json()
        #expect(json["unlisted"]?.array?.count == 2)
    }

    @Test func anOptionThatAppliesToNothingIsUsage() throws {
        let (bench, _) = try bundle()
        let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        for words in [
            ["audit", "verify", "--log-key", key],
            ["audit", "verify", "--allowed-signers", "deploykit.json"],
            ["audit", "recover", "--reason", "so", "--log-key", key],
        ] {
            let run = try bench.run(words: words)
            #expect(run.code == 64, "\(words): \(run.output)\(run.errors)")
        }
        try bench.write("# nobody\n", to: "people")
        let run = try bench.run("audit", "verify", "out", "--allowed-signers", "people")
        #expect(run.output.contains("no signatures"), "\(run.output)\(run.errors)")
    }

    @Test(.enabled("openssl is not installed") { hasOpenSSL })
    func theKeyOfALogServesUnderAllItsNames() throws {
        let bench = try Bench()
        try bench.start()
        let key = try #require(try bench.run("key", "init", "--json").json()["key"]?.string)
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost").code == 0)
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(backup, to: Self.store)
        #expect(try bench.run("audit", "recover", "--reason", "the disk failed").code == 0)
        try bench.write(bench.run("audit", "checkpoint").output, to: "head")
        #expect(try bench.read("head").contains("/e2\n"))
        let run = try bench.run("audit", "verify", "--against", "head", "--log-key", key)
        #expect(run.code == 0 && run.output.contains("signed"), "\(run.output)\(run.errors)")
        #expect(try bench.run("audit", "export", "--output", "out").code == 0)
        let bundle = try bench.run("audit", "verify", "out", "--log-key", key)
        #expect(bundle.code == 0, "\(bundle.output)\(bundle.errors)")
        #expect(bundle.output.hasPrefix("ANCHORED (log key)"), "\(bundle.output)")
        // The same name, and another key.
        let other = ["DEPLOYKIT_LOG_KEY": "\(bench.path)/other.pem"]
        let made = try bench.run("key", "init", "--json", "--store", Self.store, with: other)
        let stranger = try made.code == 0 ? made.json()["key"]?.string : nil
        if let stranger {
            let refused = try bench.run(
                "audit",
                "verify",
                "--against",
                "head",
                "--log-key",
                stranger
            )
            #expect(refused.code == 3, "\(refused.output)\(refused.errors)")
        }
    }

    @Test(.enabled("openssl is not installed") { hasOpenSSL })
    func aHeadThatAStrangerSignedIsNotCalledUnsigned() throws {
        let bench = try Bench()
        try bench.start()
        #expect(try bench.run("key", "init").code == 0)
        let backup = try bench.bytes(Self.store)
        #expect(try bench.run("note", "lost").code == 0)
        try bench.write(bench.run("audit", "checkpoint").output, to: "head")
        try bench.write(backup, to: Self.store)
        let elsewhere = [
            "XDG_STATE_HOME": "\(bench.path)/state", "XDG_CONFIG_HOME": "\(bench.path)/config",
        ]
        let run = try bench.run(
            words: ["audit", "recover", "--against", "head", "--reason", "the disk failed"],
            with: elsewhere
        )
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("is signed by '"), "\(run.errors)")
        #expect(run.errors.contains("not known here"), "\(run.errors)")
    }

    @Test func aLossThatNobodyCanBoundIsSaidToBeTheMost() throws {
        let bench = try Bench()
        try bench.start()
        let backup = try bench.bytes(Self.store)
        for text in ["lost", "with the disk"] { #expect(try bench.run("note", text).code == 0) }
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(backup, to: Self.store)
        let exact = try bench.run("audit", "recover", "--reason", "the disk failed")
        #expect(exact.output.contains("lost: 2 entries, 4 to 5\n"), "\(exact.output)")

        try bench.write(backup, to: Self.store)
        let elsewhere = ["XDG_STATE_HOME": "\(bench.path)/elsewhere"]
        for text in ["another", "history", "went on"] {
            #expect(try bench.run("note", text, with: elsewhere).code == 0)
        }
        let forked = try bench.bytes(Self.store)
        try bench.write(forked, to: "forked.sqlite")
        chmod("\(bench.path)/forked.sqlite", 0o600)
        try bench.write(bench.run("audit", "checkpoint", with: elsewhere).output, to: "head")
        try bench.write(backup, to: Self.store)
        for text in ["one", "two", "three", "four"] {
            #expect(try bench.run("note", text, with: ["XDG_STATE_HOME": "/nowhere"]).code == 0)
        }
        let fresh = ["XDG_STATE_HOME": "\(bench.path)/fresh"]
        let most = try bench.run(
            words: ["audit", "recover", "--against", "head", "--reason", "two went on"],
            with: fresh
        )
        #expect(most.code == 0, "\(most.errors)")
        #expect(most.output.contains("lost: 7 entries at the most, 0 to 6"), "\(most.output)")
    }

    @Test func aStoreWithoutEntriesIsInvalidData() async throws {
        let bench = try Bench()
        await (try SQLiteAuditStore(path: "\(bench.path)/empty.sqlite")).close()
        for verb in ["gate", "status", "done", "run"] {
            let words = verb == "done" ? [verb, "1.1"] : [verb]
            let run = try bench.run(words: words + ["--store", "empty.sqlite"])
            #expect(run.code == 3, "\(verb): \(run.output)\(run.errors)")
            #expect(run.errors.contains("holds no entry"), "\(verb): \(run.errors)")
        }
    }

    @Test func aDigestThatIsShortenedIsNamedWhole() throws {
        let bench = try Bench()
        try bench.start()
        #expect(try bench.run("note", "a secret of somebody").code == 0)
        let log = try bench.run("audit", "export", "--output", "out")
        #expect(log.code == 0)
        let line = try #require(
            try bench.read("out/attachments.jsonl").split(separator: "\n").first
        )
        let digest = try #require(
            try JSONValue(parsing: String(line), within: .definition)["digest"]?.string
        )
        let erase = ["audit", "erase"]
        let basis = ["--legal-basis", "GDPR Art. 17"]
        let short = try bench.run(words: erase + [String(digest.prefix(12))] + basis)
        #expect(short.code == 64 && short.errors.contains(digest), "\(short.errors)")
        let other = try bench.run(words: erase + ["0123456789ab"] + basis)
        #expect(other.code == 64 && !other.errors.contains("short for"), "\(other.errors)")
        #expect(try bench.run(words: erase + [digest] + basis).code == 0)
    }

    @Test func aNameOfTwoLinesNamesNoLog() async throws {
        let bench = try Bench()
        let path = "\(bench.path)/forged.sqlite"
        let store = try await SQLiteAuditStore(path: path)
        let log = AuditLog(store: store, origin: "orders.x\nsecond line")
        await #expect(throws: AuditStoreError.self) {
            try await log.append(
                [NewEntry(stream: "s", kind: "k", body: .object([:]))],
                at: Timestamp(milliseconds: 1_767_225_600_000),
                entropy: SystemEntropy().next()
            )
        }
        await store.close()
    }
}
