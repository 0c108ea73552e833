// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Glibc
import Testing

/// A share of the table in SECURITY.md, with a store in a file and the command that an auditor
/// calls.
@Suite struct AttackTests {
    /// What is done to the file, by the first cell of its row.
    enum Attack: String, CaseIterable {
        case edit = "edit entry 40"
        case cut = "cut to 50 entries"
        case fork = "fork at 60 and go on"
        case restore = "restore the backup of 65 entries"
        case recover = "recover from the backup of 65 entries, as if the rest were lost"
        case acceptRecovery = "(no attack) the same, and the machine with the note accepts it"
        case goBack = "go back to before a recovery that the machine accepted"
        case editAboveAllHeads = "edit entry 97"
        case replace = "write another log under another name"
        case deleteEverything = "delete everything"
        case removeAttachment = "remove an attachment, not on record"
    }

    private static let origin = "orders.0123456789abcdef"

    /// An event that its number determines, salt and key included.
    private static func append(
        _ number: Int,
        content: Int? = nil,
        to log: AuditLog,
        withBlob: Bool = true
    ) async throws {
        var random = SplitMix64(seed: UInt64(number))
        let entropy = Entropy(using: &random)
        var attachments = Attachments(entropy: entropy)
        let note = number == 30 ? attachments.attach(.text("seen")) : nil
        let body = JSONValue.members(["n": (content ?? number).json, "note": note?.json])
        try await log.append(
            [NewEntry(stream: "deployment/d-1", kind: "test", body: body)],
            at: Timestamp(milliseconds: 1_767_225_600_000 + Int64(number)),
            entropy: entropy,
            blobs: withBlob ? attachments.blobs : []
        )
    }

    /// Writes a store whose tree fits its entries, whatever they are.
    private static func makeStore(_ attack: Attack?, at path: String) async throws {
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        let name = attack == .replace ? "orders.fedcba9876543210" : origin
        let log = AuditLog(store: store, origin: name)
        let count =
            switch attack {
            case .deleteEverything: 0
            case .cut: 49
            case .restore, .recover, .acceptRecovery: 64
            default: 99
            }
        for number in 1..<count + 1 {
            let changed =
                switch attack {
                case .edit: number == 40
                case .editAboveAllHeads: number == 97
                case .fork: number >= 60
                case .goBack: number >= 65
                case .replace: true
                default: false
                }
            try await append(
                number,
                content: changed ? -number : nil,
                to: log,
                withBlob: attack != .removeAttachment
            )
        }
        if attack == .recover || attack == .acceptRecovery {
            let deployments = Deployments(
                store: store,
                origin: origin,
                clock: SystemClock(),
                entropy: SystemEntropy()
            )
            // What is said to be lost is whatever the owner likes.
            let head = LogHead(origin: origin, size: 66, root: MerkleTree.emptyRoot)
            let actor = Actor(id: "owner@example.com")
            _ = try await deployments.recover(from: [head], reason: "the disk failed", by: actor)
            for number in 1066..<1100 { try await append(number, to: log) }
        }
        await store.close()
    }

    /// The honest log in `head`, `receipt` and the note of the machine, each of its own age.
    private static func keepHeads(_ bench: Bench) async throws {
        let path = "\(bench.path)/honest.sqlite"
        let store = try await SQLiteAuditStore(path: path, synchronous: .off)
        let log = AuditLog(store: store, origin: origin)
        for number in 1..<95 {
            try await append(number, to: log)
            if number == 59 {
                try bench.write(Checkpoint(try await log.head()).note, to: "head")
            }
            if number == 84 {
                let receipt = InclusionProofFile(
                    position: 84,
                    proof: try await log.inclusionProof(of: 84, in: 85),
                    checkpoint: try Checkpoint(try await log.head())
                )
                try bench.write(receipt.text, to: "receipt.tlog-proof")
            }
        }
        await store.close()
        let seen = try bench.run("audit", "verify", "--store", path)
        try #require(seen.code == 0 && seen.output.hasPrefix("UNANCHORED"), "\(seen.errors)")
    }

    @Test func aSnapshotThatSaysSomethingElseIsInvalid() async throws {
        let bench = try Bench()
        try await Self.makeStore(nil, at: "\(bench.path)/store.sqlite")
        let store = try await SQLiteAuditStore(path: "\(bench.path)/store.sqlite")
        let state = Array(#"{"completions":[],"occupants":[]}"#.utf8)
        let blob = Blob(digest: SHA256.digest(of: state), salt: [], bytes: state)
        var random = SplitMix64(seed: 9999)
        try await AuditLog(store: store, origin: "").append(
            [
                NewEntry(
                    stream: "snapshot/environment/orders/staging",
                    kind: "environment-snapshot",
                    body: .members(["revision": 7.json, "state": blob.digest.json])
                )
            ],
            at: Timestamp(milliseconds: 1_767_225_700_000),
            entropy: Entropy(using: &random),
            blobs: [blob]
        )
        await store.close()
        let result = try bench.run("audit", "verify", "--store", "\(bench.path)/store.sqlite")
        #expect(result.code == 3)
        #expect(result.output.hasPrefix("INVALID"))
        #expect(result.output.contains("the snapshot of 'environment/orders/staging'"))
    }

    @Test func theCommandGivesTheVerdictsOfTheTable() async throws {
        let bench = try Bench()
        try await Self.keepHeads(bench)
        let note = "../.local/state/deploykit/heads/\(Self.origin)"
        let noted = try bench.read(note)
        #expect(noted.contains("\n95\n"))
        let rows = try Self.table()
        for attack in Attack.allCases {
            let path = "\(bench.path)/\(attack).sqlite"
            try await Self.makeStore(attack, at: path)
            let words = try #require(rows[attack.rawValue])
            let columns: [(name: String, options: [String], hasNote: Bool)] = [
                ("no head", [], false), ("head", ["--against", "head"], false),
                ("receipt", ["--against", "receipt.tlog-proof"], false), ("note", [], true),
            ]
            for (column, word) in zip(columns, words) {
                let state = "\(attack).\(column.name)"
                let other = ["XDG_STATE_HOME": "\(bench.path)/\(state)"]
                if column.hasNote {
                    for folder in [state, "\(state)/deploykit", "\(state)/deploykit/heads"] {
                        try bench.makeFolder(folder)
                    }
                    let file = "\(state)/deploykit/heads/\(Self.origin)"
                    try bench.write(noted, to: file)
                    chmod("\(bench.path)/\(file)", 0o600)
                    if attack == .acceptRecovery || attack == .goBack {
                        let recovered = "\(bench.path)/\(Attack.acceptRecovery).sqlite"
                        let accepted = try bench.run(
                            words: ["audit", "recover", "--accept", "65", "--store", recovered],
                            with: other
                        )
                        #expect(accepted.code == 0, "\(accepted.errors)")
                    }
                }
                let run = try bench.run(
                    words: ["audit", "verify", "--require-anchor", "--json", "--store", path]
                        + column.options,
                    with: other
                )
                let codes = ["ANCHORED": 0, "UNANCHORED": 2, "DIVERGED": 1, "INVALID": 3]
                let place = "\(attack.rawValue), \(column.name)"
                #expect(try run.json()["verdict"]?.string == word, "\(place): \(run.errors)")
                #expect(run.code == codes[word].map(Int32.init), "\(place)")
            }
        }
    }

    /// Rows that the core cannot forge: the file itself is changed, behind the triggers.
    @Test(.enabled("python3 is not installed") { access("/usr/bin/python3", X_OK) == 0 })
    func aRowThatIsAlteredIsInvalidWhoeverKeptAHead() async throws {
        let bench = try Bench()
        try await Self.makeStore(nil, at: "\(bench.path)/store.sqlite")
        let script = """
            import shutil, sqlite3, sys
            shutil.copy(sys.argv[1], sys.argv[2])
            base = sqlite3.connect(sys.argv[2])
            triggers = base.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers: base.execute("DROP TRIGGER " + name)
            assert base.execute(sys.argv[3]).rowcount > 0
            for _, sql in triggers: base.execute(sql)
            base.commit()
            """
        try bench.write(script, to: "alter.py")
        let statements = [
            ("UPDATE ix_stream SET last = last WHERE stream = 'deployment/d-1'", "UNANCHORED"),
            ("UPDATE ix_stream SET count = count - 1 WHERE stream = 'deployment/d-1'", "INVALID"),
            (
                "UPDATE ix_stream SET stream = 'deployment/d-2' WHERE stream = 'deployment/d-1'",
                "INVALID"
            ),
            ("UPDATE blob SET bytes = x'00'", "INVALID"), ("DELETE FROM blob", "INVALID"),
            ("INSERT INTO blob VALUES (zeroblob(32), x'', x'00')", "INVALID"),
            ("UPDATE batch SET key = randomblob(32) WHERE first = 7", "INVALID"),
            ("UPDATE entry SET salt = zeroblob(32) WHERE position = 40", "INVALID"),
            ("UPDATE node SET hash = zeroblob(32) WHERE idx = 40", "INVALID"),
        ]
        for (number, (statement, word)) in statements.enumerated() {
            let name = "altered\(number).sqlite"
            #expect(
                try bench.runProgram(
                    "/usr/bin/python3",
                    "alter.py",
                    "store.sqlite",
                    name,
                    statement
                ) == 0
            )
            let run = try bench.run(
                words: ["audit", "verify", "--store", name],
                with: ["XDG_STATE_HOME": "\(bench.path)/state\(number)"]
            )
            #expect(run.output.hasPrefix(word), "\(statement): \(run.output)\(run.errors)")
            #expect(run.code == (word == "INVALID" ? 3 : 0))
            if statement.hasPrefix("INSERT") {
                let digest = String(repeating: "0", count: 64)
                #expect(run.output.contains("no entry knows the blob \(digest)"), "\(run.output)")
            }
        }
    }

    @Test func aStoreThatIsGoneIsNoLogAtAll() async throws {
        let bench = try Bench()
        try await Self.keepHeads(bench)
        unlink("\(bench.path)/honest.sqlite")
        let run = try bench.run("audit", "verify", "--store", "honest.sqlite", "--against", "head")
        #expect(run.code == 3 && run.errors.contains("there is no store"))
    }

    /// The words of each row of the table in SECURITY.md, by its first cell.
    private static func table() throws -> [String: [String]] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try Bench.read("/\(root)/SECURITY.md")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        let cells = rows.map { $0.split(separator: "|").map { $0.split(separator: " ") } }
        return Dictionary(
            uniqueKeysWithValues: cells.map { row in
                (row[0].joined(separator: " "), row.dropFirst().map { $0.joined(separator: " ") })
            }
        )
    }
}
