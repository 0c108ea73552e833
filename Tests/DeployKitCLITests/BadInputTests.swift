// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Glibc
import Testing

@Suite struct BadInputTests {
    private func start(_ bench: Bench, _ file: String) throws -> CommandRun {
        try bench.run("start", file, "--environment", "staging", "--version", "1")
    }

    private func expect(_ run: CommandRun, _ code: Int32, _ words: String) {
        #expect(run.code == code, "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func aFileThatIsNotUTF8IsRefusedWithTheOffset() throws {
        let bench = try Bench()
        try bench.write(Array("{\"ä".utf8) + [0xFF, 0x41], to: "a.json")
        expect(try start(bench, "a.json"), 3, "is not UTF-8: the first wrong byte is at offset 4")
    }

    @Test func anEmptyFileIsRefused() throws {
        let bench = try Bench()
        try bench.write(" \n\t\n", to: "a.json")
        expect(try start(bench, "a.json"), 3, "'a.json' is empty")
    }

    @Test func aFolderIsRefused() throws {
        expect(try start(Bench(), "."), 3, "is a folder")
    }

    @Test func aMissingFileIsRefused() throws {
        expect(try start(Bench(), "none.md"), 3, "'none.md' cannot be read: No such file")
    }

    @Test func aFileOfFiftyMegabytesIsRefusedWithTheLimit() throws {
        let bench = try Bench()
        try bench.write([], to: "a.json")
        try #require(truncate("\(bench.path)/a.json", 50 << 20) == 0)
        expect(try start(bench, "a.json"), 3, "50 MiB or more; 16 MiB are the limit")
        #expect(access("\(bench.path)/.deploykit", F_OK) != 0, "nothing is made before")
    }

    @Test func whatIsNoChecklistIsRefused() throws {
        let bench = try Bench()
        try bench.write("{\"v\": 1}", to: "a.json")
        expect(try start(bench, "a.json"), 3, "the member 'title' is missing")
    }

    @Test func anUnknownItemSlotPhaseFieldOrEnvironmentIsUsage() throws {
        let bench = try Bench()
        try bench.start()
        expect(try bench.run("done", "9.9"), 64, "no item '9.9'")
        expect(try bench.run("sign", "cfo", "--approve"), 64, "'QA Engineer' (qa-engineer)")
        expect(try bench.run("gate", "moon"), 64, "'Database migration', 'Backend services'")
        expect(try bench.run("set", "x=1"), 64, "it has deployed-by")
        expect(try bench.run("contract", "record", "X", "C1", "--network", "y"), 64, "'y'")
        let environment = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "stagin",
            "--version",
            "1"
        )
        expect(environment, 64, "it has staging, production")
        #expect(environment.errors.contains("did you mean 'staging'?"))
    }

    @Test func aProjectFileThatIsNotUnderstoodIsRefused() throws {
        let bench = try Bench()
        try bench.write(Fixture.checklist, to: "checklist.json")
        try bench.write("{\"deploykit\": 1, \"colour\": 2}", to: "deploykit.json")
        expect(try start(bench, "checklist.json"), 3, "the member 'colour' is not known here")
    }

    @Test func withoutAProjectFileAnyEnvironmentCountsAsProduction() throws {
        let bench = try Bench()
        let run = try bench.start(project: false)
        #expect(run.code == 0)
        #expect(run.errors.contains("counts as production"))
        #expect(try bench.run("status").output.contains("tier production, undeclared"))
    }

    @Test func aStoreThatIsNoDatabaseIsRefused() throws {
        let bench = try Bench()
        try bench.write("this is no database, only a text of some length\n", to: "s.sqlite")
        for words in [["status"], ["done", "1"]] {
            expect(try bench.run(words: words + ["--store", "s.sqlite"]), 3, "s.sqlite")
        }
    }

    @Test func aStoreOfANewerVersionIsRefused() throws {
        let bench = try Bench()
        try bench.start()
        // The format keeps the version of the schema at offset 60, big-endian.
        let file = try #require(fopen("\(bench.path)/.deploykit/store.sqlite", "r+"))
        fseek(file, 60, SEEK_SET)
        fwrite([0, 0, 0, 99] as [UInt8], 1, 4, file)
        fclose(file)
        expect(try bench.run("status"), 3, "has version 99")
    }

    @Test func aStoreThatIsLockedIsAConflict() async throws {
        let bench = try Bench()
        try bench.start()
        let descriptor = open("\(bench.path)/.deploykit/store.sqlite", O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        // SQLite's exclusive lock: the pending byte and the shared range behind it.
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        try #require(fcntl(descriptor, F_SETLK, &lock) == 0)
        expect(try bench.run("done", "1.1"), 5, "lock")
    }

    @Test(.disabled(if: geteuid() == 0, "root may write everything"))
    func aStoreThatMayNotBeWrittenIsReadAndNotWritten() throws {
        let bench = try Bench()
        try bench.start()
        chmod("\(bench.path)/.deploykit/store.sqlite", 0o400)
        chmod("\(bench.path)/.deploykit", 0o500)
        #expect(try bench.run("status").code == 0)
        #expect(try bench.run("done", "1.1").code == 3)
    }

    @Test func aStoreThatEverybodyMayWriteIsRefused() throws {
        let bench = try Bench()
        try bench.start()
        chmod("\(bench.path)/.deploykit/store.sqlite", 0o666)
        expect(try bench.run("status"), 3, "everybody may write")
        chmod("\(bench.path)/.deploykit/store.sqlite", 0o600)
        chmod("\(bench.path)/.deploykit", 0o777)
        expect(try bench.run("status"), 3, "everybody may write")
        chmod("\(bench.path)/.deploykit", 0o700)
        chmod("\(bench.path)/deploykit.json", 0o666)
        expect(try bench.run("status"), 3, "everybody may write")
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func aStoreOfSomebodyElseIsRefused() throws {
        let bench = try Bench()
        try bench.start()
        try #require(chown("\(bench.path)/.deploykit/store.sqlite", 12345, 12345) == 0)
        expect(try bench.run("status"), 3, "belongs to user 12345")
    }

    @Test func storedTextCannotActOnTheTerminal() throws {
        let bench = try Bench()
        try bench.write(
            Fixture.checklist.replacingFirst("Create the backup", with: "a\\u001b[2J\\u202eb"),
            to: "checklist.json"
        )
        #expect(try start(bench, "checklist.json").code == 0)
        for words in [["status"], ["inbox"], ["gate"]] {
            let run = try bench.run(words: words)
            #expect(!run.output.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        }
    }
}

@Suite struct ProjectFileTests {
    @Test func aProjectFileIsWrittenOnceAndCanBeUsedAtOnce() throws {
        let bench = try Bench()
        try bench.write(
            #"""
            {"v": 1, "title": "Vesting", "phases": [
              {"id": "a", "title": "Test", "scope": ["testnet"], "sections": [
                {"id": "a", "items": [{"id": "a/x", "title": "X"}]}]},
              {"id": "b", "title": "Main", "scope": ["Mainnet"], "sections": [
                {"id": "b", "items": [{"id": "b/y", "title": "Y"}]}]}],
             "contractSlots": [
               {"name": "C", "title": "C", "kind": "stellar.contract", "required": true}]}
            """#,
            to: "checklist.json"
        )
        let first = try bench.run("init", "checklist.json")
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output == "deploykit.json written: testnet (test), mainnet (production)\n")
        let again = try bench.run("init", "checklist.json")
        #expect(again.code == 64)
        #expect(again.errors.contains("exists already"))
        let start = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "testnet",
            "--version",
            "1",
            "--json"
        )
        #expect(start.code == 0 && start.errors.isEmpty)
        #expect(try start.json()["deployment"]?["tier"] == "test".json)
        #expect(try bench.run("contract", "env").errors.contains("no active contract ID"))
    }

    @Test func withoutScopesThereAreStagingAndProduction() throws {
        let bench = try Bench()
        try bench.write(Fixture.checklist, to: "checklist.json")
        let run = try bench.run("init", "checklist.json")
        #expect(run.output.contains("staging (test), production (production)"))
        #expect(run.output.contains("Roles to give to people: QA Engineer"))
        for line in try bench.read("deploykit.json").split(separator: "\n") {
            #expect(line.count <= 80)
        }
    }
}

@Suite struct StoreDiscoveryTests {
    @Test func theStoreIsFoundFromAFolderBelow() throws {
        let bench = try Bench()
        try bench.start()
        try bench.makeFolder("a")
        try bench.makeFolder("a/b")
        #expect(try bench.run("status", in: "a/b").code == 0)
        var status = stat()
        #expect(stat("\(bench.path)/.deploykit", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(stat("\(bench.path)/.deploykit/.gitignore", &status) == 0)
    }

    @Test func theSearchStopsAtHome() throws {
        let bench = try Bench()
        try bench.start()
        try bench.makeFolder("home")
        try bench.makeFolder("home/work")
        let home = ["HOME": "\(bench.path)/home"]
        #expect(try bench.run("status", in: "home/work", with: home).code == 3)
        #expect(try bench.run("status", in: "home", with: home).code == 3)
        let above = ["HOME": bench.path]
        #expect(try bench.run("status", with: above).code == 0, "the working directory counts")
        #expect(try bench.run("status", in: "home", with: above).code == 3)
    }

    @Test func theStoreIsNamedByTheOptionBeforeTheVariable() throws {
        let bench = try Bench()
        try bench.start()
        let store = "\(bench.path)/.deploykit/store.sqlite"
        let elsewhere = ["DEPLOYKIT_STORE": "/nowhere/store.sqlite"]
        #expect(try bench.run("status", with: elsewhere).code == 3)
        #expect(try bench.run("status", "--store", store, with: elsewhere).code == 0)
        #expect(try bench.run("status", in: "..", with: ["DEPLOYKIT_STORE": store]).code == 0)
    }

    @Test func onlyStartMakesAStore() throws {
        let bench = try Bench()
        for words in [["status"], ["list"], ["note", "x"], ["audit", "log"]] {
            #expect(try bench.run(words: words).code == 3)
        }
        #expect(access("\(bench.path)/.deploykit", F_OK) != 0)
    }

    @Test func theStoreIsMadeBesideTheProjectFile() throws {
        let bench = try Bench()
        try bench.makeFolder("docs")
        try bench.write(Fixture.project, to: "deploykit.json")
        try bench.write(Fixture.checklist, to: "docs/checklist.json")
        let run = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "staging",
            "--version",
            "1",
            in: "docs"
        )
        #expect(run.code == 0)
        #expect(access("\(bench.path)/.deploykit/store.sqlite", F_OK) == 0)
        #expect(access("\(bench.path)/docs/.deploykit", F_OK) != 0)
    }
}

extension String {
    fileprivate func replacingFirst(_ text: String, with other: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return replacingCharacters(in: range, with: other)
    }

    private func firstRange(of text: String) -> Range<String.Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { start in
            start..<index(start, offsetBy: text.count)
        }
    }

    private func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
