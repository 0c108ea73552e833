// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// What `--help` says of exit codes is what happens, verb by verb.
@Suite struct ExitTableTests {
    /// A call that ends with a code.
    struct Row: Sendable, CustomTestStringConvertible {
        let verb: String
        let code: ExitCode
        /// What is special about it.
        let words: [String]
        /// What happens before, in a folder where a deployment of the fixture is open.
        let prepare: @Sendable (Bench) throws -> Void
        var testDescription: String { "\(verb) \(words.joined(separator: " ")): \(code.rawValue)" }

        init(
            _ verb: String,
            _ code: ExitCode,
            _ words: String...,
            after prepare: @escaping @Sendable (Bench) throws -> Void = { _ in }
        ) {
            self.verb = verb
            self.code = code
            self.words = words
            self.prepare = prepare
        }
    }

    /// A call of each verb that works on the store, which has nothing wrong in itself.
    static let calls: [String: [String]] = [
        "start": ["checklist.json", "--environment", "staging", "--version", "1.0"],
        "list": [], "status": [], "inbox": [], "due": [], "done": ["1.1"], "fail": ["1.1"],
        "skip": ["1.3", "--reason", "x"], "waive": ["1.1", "--reason", "x"],
        "resolve": ["1.1", "--happened", "--reason", "x"], "reopen": ["1.1", "--reason", "x"],
        "rollback": ["--reason", "x"], "unlock": ["--reason", "x"],
        "rehearse": ["stop", "page.md", "--environment", "test"],
        "set": ["deployed-by=tom"], "note": ["x"], "run": [], "gate": ["completion"],
        "sign": ["qa", "--approve", "--as", "lena@example.com"],
        "directory apply": [], "directory show": [],
        "freeze": ["staging", "--name", "x", "--reason", "x"],
        "unfreeze": ["staging", "--name", "x", "--reason", "x"],
        "amend": ["checklist.json", "--reason", "x"],
        "withdraw": ["qa", "--reason", "x"], "abort": ["--reason", "x"],
        "contract record": ["SLOT", "ID"], "contract list": [], "contract env": [],
        "contract check": ["deploykit.json"], "contract diff": ["staging", "production"],
        "contract import": ["env", "deploykit.json"],
        "contract reset": ["testnet", "--epoch", "1"], "contract restore": ["1"],
        "contract revoke": ["1", "--reason", "compromised"],
        "export": ["--markdown"], "report": [], "audit log": [], "audit duties": [],
        "audit verify": [],
        "audit export": ["--output", "evidence"], "audit checkpoint": [],
        "audit recover": ["--reason", "x"], "audit erase": ["4", "--legal-basis", "x"],
        "metric record": ["mail", "96%"], "metric evaluate": [], "metric watch": ["--stop"],
        "metric replay": [], "metric rules": [],
        "store copy": [".deploykit/store.sqlite", "copied.sqlite"],
        "store save": ["saved.sqlite"], "store restore": ["copy.sqlite"], "key init": [],
    ]

    @Test func everyVerbOfTheStoreHasACall() {
        let servers = Verb.ofServers.map(\.name)
        let verbs = Verb.all.filter { $0.scope == .store && !servers.contains($0.name) }
        #expect(Set(verbs.map(\.name)) == Set(Self.calls.keys))
    }

    /// Documented codes that no call here leads to, and why.
    private static func isOutOfReach(_ code: ExitCode, of verb: Verb) -> Bool {
        // These take a server, a log that was forged, and a page beside a file of rules.
        switch verb.name {
        case "metric watch":
            return [.undecided, .personNeeded, .rolledBack, .rollbackFailed].contains(code)
        case "metric replay", "metric rules": return code == .no
        default: break
        }
        guard code == .undecided else { return false }
        let meaning = verb.allExits.first { $0.code == code }?.meaning ?? ""
        // The one takes a commit that fails half-way, the other a machine without a program.
        return meaning == "the store does not know whether it wrote"
            || meaning.hasPrefix("openssl, which signs")
    }

    @Test func everyDocumentedCodeIsReachedAndNoOther() {
        for verb in Verb.all where !Verb.ofServers.contains(where: { $0.name == verb.name }) {
            var reached: Set<ExitCode> = [.usage]
            if verb.scope == .store { reached.formUnion([.invalidData, .conflict]) }
            for row in Self.rows where row.verb == verb.name { reached.insert(row.code) }
            let documented = Set(verb.allExits.map(\.code))
            let missed = documented.subtracting(reached).filter { !Self.isOutOfReach($0, of: verb) }
            #expect(missed.isEmpty, "'\(verb.name)' never ended with \(missed.map(\.rawValue))")
            #expect(reached.isSubset(of: documented), "'\(verb.name)': \(reached)")
            #expect(documented.count == verb.allExits.count, "'\(verb.name)' has a code twice")
        }
    }

    @Test(arguments: rows) func aCallEndsAsDocumented(_ row: Row) throws {
        let bench = try Bench()
        try bench.start()
        try row.prepare(bench)
        let words = row.verb.split(separator: " ").map(String.init) + row.words
        let run = try bench.run(words: words + ["--json"])
        #expect(run.code == row.code.rawValue, "\(run.output)\(run.errors)")
        try JSONSchemaTests.expect(run, isOf: row.verb)
    }

    @Test(arguments: Verb.all.map(\.name)) func anUnknownOptionIsUsage(_ verb: String) throws {
        let words = verb.split(separator: " ").map(String.init) + ["--no-such-option"]
        let run = try Bench().run(words: words)
        #expect(run.code == ExitCode.usage.rawValue, "\(run.errors)")
    }

    @Test(arguments: calls.keys.sorted()) func anAbsentStoreIsInvalidData(_ verb: String) throws {
        let bench = try Bench()
        try bench.write(Fixture.checklist, to: "checklist.json")
        try bench.write(RollbackPage.text(), to: "page.md")
        try bench.write(RollbackPage.project, to: "deploykit.json")
        // `start` makes a store, and does so in no folder that is not there.
        let words = verb.split(separator: " ").map(String.init) + (Self.calls[verb] ?? [])
        let run = try bench.run(words: words + ["--store", "nowhere/store.sqlite"])
        #expect(run.code == ExitCode.invalidData.rawValue, "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    /// All at once, for each waits as long as every command waits for a lock.
    @Test func aLockedStoreIsAConflict() throws {
        let bench = try Bench()
        try bench.start()
        try bench.write(RollbackPage.text(), to: "page.md")
        #expect(try bench.run("done", "1.1", "--note", "x").code == 0)
        #expect(try bench.run("store", "save", "copy.sqlite").code == 0)
        let path = "\(bench.path)/.deploykit/store.sqlite"
        let store = open(path, O_RDWR)
        defer { close(store) }
        // <https://www.sqlite.org/lockingv3.html>: who has the bytes from 1 GiB on is alone.
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        try #require(withUnsafeMutablePointer(to: &lock) { fcntl(store, F_SETLK, $0) } == 0)
        var processes: [(verb: String, process: pid_t)] = []
        for (verb, words) in Self.calls.sorted(by: { $0.key < $1.key }) {
            let name = verb.replacing(" ", with: "-")
            let process = try bench.begin(
                words: verb.split(separator: " ").map(String.init) + words,
                with: ["OUT": "\(bench.path)/\(name).out", "ERR": "\(bench.path)/\(name).err"]
            )
            processes.append((verb, process))
        }
        for (verb, process) in processes {
            let code = Bench.end(of: process)
            let errors = try bench.read(verb.replacing(" ", with: "-") + ".err")
            #expect(code == ExitCode.conflict.rawValue, "\(verb): \(errors)")
            #expect(errors.contains("locked by another process"), "\(verb): \(errors)")
        }
    }

    /// The verbs that say so in their help end with 1 when the log lost what this machine saw.
    @Test(
        arguments: [
            "start", "done", "fail", "skip", "waive", "resolve", "reopen", "set", "note", "run",
            "gate", "freeze", "unfreeze", "amend", "sign", "withdraw", "directory apply", "abort",
            "contract record", "contract import", "contract check", "contract env",
            "contract reset", "contract restore",
            "contract revoke",
            "metric record", "metric watch", "metric evaluate", "metric replay", "store copy",
            "audit checkpoint", "audit duties",
            "audit erase", "store save", "audit verify",
        ]
    )
    func aLogThatLostItsEndIsRefused(_ verb: String) throws {
        let bench = try Bench()
        try bench.start()
        #expect(try bench.run("done", "1.1", "--note", "x").code == 0)
        try Self.loseTheEnd(bench)
        let words = verb.split(separator: " ").map(String.init) + (Self.calls[verb] ?? [])
        let run = try bench.run(words: words)
        #expect(run.code == ExitCode.no.rawValue, "\(run.output)\(run.errors)")
        #expect("\(run.output)\(run.errors)".contains("this machine"), "\(run.errors)")
    }

    /// Puts a copy from before the last entry in the place of the store.
    static func loseTheEnd(_ bench: Bench) throws {
        let (store, copy) = (".deploykit/store.sqlite", "before.sqlite")
        try #require(bench.runProgram("/bin/cp", store, copy) == 0)
        try #require(bench.run("note", "lost").code == 0)
        try #require(bench.run("audit", "verify").code == 0)
        try #require(bench.runProgram("/bin/cp", copy, store) == 0)
    }
}
