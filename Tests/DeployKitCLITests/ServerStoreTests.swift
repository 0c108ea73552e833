// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit
    import Glibc
    import Testing

    /// The command at work on a server's store; `make test-postgres` starts the server.
    @Suite(.enabled(if: getenv("DEPLOYKIT_POSTGRES_FOLDER") != nil, "there is no server"))
    struct ServerStoreTests {
        private let bench: Bench
        private let store: String

        init() throws {
            bench = try Bench()
            let folder = try #require(getenv("DEPLOYKIT_POSTGRES_FOLDER"))
            store =
                "postgres:///postgres?host=\(String(cString: folder))/shared/socket&user=deploykit"
                + "&schema=cli_\(UInt64.random(in: 0 ... .max))"
        }

        private func start() throws {
            try bench.write(Fixture.checklist, to: "checklist.json")
            try bench.write(Fixture.project, to: "deploykit.json")
            let run = try bench.run(
                words: [
                    "start", "checklist.json", "--environment", "staging", "--version", "1",
                    "--store", store,
                ]
            )
            #expect(run.code == 0, "\(run.errors)")
        }

        @Test func aDeploymentIsWorkedOnAndMovesBetweenStores() throws {
            #expect(try bench.run("status", "--store", store).code == 3)
            try start()
            let named = ["DEPLOYKIT_STORE": store]
            for (words, code) in [
                (["done", "database/backup", "--note", "fine"], 0), (["status"], 0),
                (["inbox"], 0), (["list"], 0), (["gate", "backend"], 1), (["audit", "verify"], 0),
                (["audit", "log"], 0), (["key", "init"], 0), (["store", "save", "x.sqlite"], 64),
                (["store", "restore", "x.sqlite"], 64), (["run"], 4),
                (["store", "grant", "deploykit", "--right", "read"], 0),
                (["store", "grant", "deploykit", "--right", "everything"], 64),
                (["store", "grant", "no\"body", "--right", "write"], 3),
            ] as [([String], Int32)] {
                let run = try bench.run(words: words, with: named)
                #expect(run.code == code, "\(words): \(run.errors)\(run.output)")
            }
            #expect(try bench.run("store", "copy", store, "copy.sqlite").code == 0)
            #expect(try bench.run("store", "copy", "copy.sqlite", store + "_2").code == 0)
            for (folder, store) in [
                ("one", store), ("two", "copy.sqlite"), ("three", store + "_2"),
            ] {
                let run = try bench.run(
                    words: ["audit", "export", "--output", folder, "--store", store],
                    with: ["SOURCE_DATE_EPOCH": "1"]
                )
                #expect(run.code == 0, "\(run.errors)")
            }
            #expect(try bench.runProgram("/usr/bin/diff", "-r", "one", "two") == 0)
            #expect(try bench.runProgram("/usr/bin/diff", "-r", "one", "three") == 0)
            // What was forgotten there is forgotten here.
            let erasures = try (0...9).map { position in
                try bench.run(
                    words: ["audit", "erase", "\(position)", "--legal-basis", "Art. 17"],
                    with: named
                ).code
            }
            #expect(erasures.count { $0 == 0 } == 1)
            #expect(try bench.run(words: ["audit", "verify"], with: named).code == 0)
            #expect(try bench.run("store", "copy", store, "copy.sqlite").code == 0)
            #expect(try bench.run("audit", "verify", "--store", "copy.sqlite").code == 0)
        }

        @Test func aWatchIsToldByTheServer() throws {
            try start()
            try StoreAddressTests.watch(bench, store: store)
        }
    }
#endif
