// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Stores that are named, copied and watched.
@Suite struct StoreAddressTests {
    private let bench: Bench
    private var store: String { bench.path + "/.deploykit/store.sqlite" }

    init() throws { bench = try Bench() }

    @Test(arguments: [
        "postgres://u:geheim@localhost/db", "postgress://u:geheim@localhost/db",
        "postgresql://localhost/db?password=geheim", "mysql://u:geheim@h/d",
        "postgres://u:1/geheim@localhost/db",
    ])
    func aPasswordInAnAddressIsNeitherUsedNorRepeated(_ address: String) throws {
        try bench.write(Fixture.checklist, to: "checklist.json")
        let start = ["start", "checklist.json", "--environment", "staging", "--version", "1"]
        for words in [
            ["status", "--store", address], ["audit", "verify", "--store=\(address)"],
            start + ["--store", address], ["store", "copy", address, "copy.sqlite"],
            ["store", "copy", "copy.sqlite", address, "--json"],
        ] {
            let run = try bench.run(words: words)
            #expect(run.code == 64, "\(words): \(run.errors)")
            #expect(!(run.output + run.errors).contains("geheim"), "\(words)")
        }
        let named = try bench.run("status", with: ["DEPLOYKIT_STORE": address])
        #expect(named.code == 64 && !(named.output + named.errors).contains("geheim"))
    }

    #if !Postgres
        @Test func whoWasBuiltWithoutPostgresSaysSo() throws {
            let run = try bench.run("status", "--store", "postgres://localhost/releases")
            #expect(run.code == 64)
            #expect(run.errors.contains("swift build --traits Postgres"))
        }
    #endif

    @Test func aStoreIsCopiedAndTheCopyGoesOn() throws {
        try bench.start()
        try bench.run("done", "database/backup", "--note", "all well")
        #expect(try bench.run("store", "copy", store, "copy.sqlite").code == 0)
        let again = try bench.run("store", "copy", store, "copy.sqlite", "--json").json()
        #expect(again["copied"] == .integer(0))
        try bench.run("done", "database/tables")
        let more = try bench.run("store", "copy", store, "copy.sqlite", "--json").json()
        #expect(more["copied"] == .integer(1))
        for (folder, store) in [("one", store), ("other", "copy.sqlite")] {
            let run = try bench.run(
                words: ["audit", "export", "--output", folder, "--store", store],
                with: ["SOURCE_DATE_EPOCH": "1"]
            )
            #expect(run.code == 0)
        }
        #expect(try bench.runProgram("/usr/bin/diff", "-r", "one", "other") == 0)
        #expect(
            try bench.run("skip", "database/sms", "--reason", "off", "--store", "copy.sqlite").code
                == 0
        )
        // The note of this machine knows by now that the other one went on.
        let older = try bench.run("store", "copy", store, "copy.sqlite")
        #expect(older.code == 5, "\(older.errors)")
        let stale = try bench.run("store", "copy", "copy.sqlite", store)
        #expect(stale.code == 0, "\(stale.errors)")
    }

    @Test func historiesAreNotMixed() throws {
        try bench.start()
        #expect(try bench.run("store", "copy", store, "copy.sqlite").code == 0)
        let other = try Bench()
        try other.start()
        let foreign = other.path + "/.deploykit/store.sqlite"
        #expect(try bench.run("store", "copy", foreign, "copy.sqlite").code == 1)
        let away = ["XDG_STATE_HOME": bench.path + "/elsewhere"]
        #expect(try bench.run("done", "database/backup").code == 0)
        #expect(
            try bench.run(words: ["done", "database/tables", "--store", "copy.sqlite"], with: away)
                .code == 0
        )
        let forked = try bench.run("store", "copy", store, "copy.sqlite")
        #expect(forked.code == 1, "\(forked.errors)")
        #expect(try bench.run("store", "copy", store, store).code == 64)
        #expect(try bench.run("store", "copy", "absent.sqlite", "new.sqlite").code == 3)
        #expect(access(bench.path + "/new.sqlite", F_OK) != 0)
    }

    @Test func aWatchShowsEveryChangeAndEndsWithTheDeployment() throws {
        try bench.start()
        try Self.watch(bench, store: store)
    }

    /// Watches a deployment from one place and changes it from another.
    static func watch(_ bench: Bench, store: String) throws {
        let watcher = try Bench()
        let process = try watcher.begin(words: ["status", "--watch", "--json", "--store", store])
        func wait(for count: Int) throws {
            for _ in 0..<3000 {
                let isThere = access(watcher.path + "/../out", F_OK) == 0
                let lines = try isThere ? watcher.read("../out").split(separator: "\n") : []
                if lines.count >= count { return }
                usleep(10_000)
            }
            Issue.record("the watch showed less than \(count) states")
        }
        try wait(for: 1)
        #expect(try bench.run("done", "database/backup", "--store", store).code == 0)
        try wait(for: 2)
        #expect(try bench.run("abort", "--reason", "over", "--store", store).code == 0)
        try wait(for: 3)
        #expect(Bench.end(of: process) == 0)
        let states = try watcher.read("../out").split(separator: "\n").map {
            try JSONValue(parsing: String($0), within: .definition)
        }
        #expect(states.count == 3)
        #expect(Set(states).count == 3)
    }
}
