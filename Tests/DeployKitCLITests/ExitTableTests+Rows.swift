// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

extension ExitTableTests {
    static let rows =
        definitions + items + rollbacks + gates + contracts + metrics + audits
        + stores + hooks

    private static let definitions: [Row] = [
        Row("check", .done, "checklist.json"),
        Row("check", .no, "moon.json") { bench in
            let gate = #""gate": "phase/backend""#
            try bench.write(
                Fixture.checklist.replacing(gate, with: #""gate": "phase/moon""#),
                to: "moon.json"
            )
        },
        Row("check", .invalidData, "absent.md"),
        Row("init", .done, "checklist.json") { bench in
            try #require(unlink("\(bench.path)/deploykit.json") == 0)
        },
        Row("init", .invalidData, "absent.md"),
        Row("help", .done, "status"),
        Row("help", .invalidData, "--man", "--output", "absent"),
        Row("completion", .done, "bash"),
        Row("start", .done, "checklist.json", "--environment", "staging", "--version", "1.0"),
        Row("start", .no, "checklist.json", "--environment", "staging", "--version", "1.0") {
            try loseTheEnd($0)
        },
        Row("start", .conflict, "checklist.json", "--environment", "staging", "--version", "2.0"),
        Row("start", .invalidData, "none.json", "--environment", "staging", "--version", "1.0"),
        Row("list", .done), Row("status", .done), Row("inbox", .done), Row("due", .done),
    ]

    private static func freeze(_ bench: Bench) throws {
        try must(bench, "freeze", "staging", "--name", "x", "--reason", "x")
    }

    /// The checklist with another first item.
    private static func edit(_ bench: Bench) throws {
        let edited = Fixture.checklist.replacing("Create the backup", with: "Create two backups")
        try bench.write(edited, to: "next.json")
    }

    private static let items: [Row] = [
        Row("done", .done, "1.1"),
        Row("done", .done, "1.1") { try must($0, "done", "1.1") },
        Row("done", .done, "2.1") { try complete($0) },
        Row("done", .no, "2.1"),
        Row("done", .conflict, "1.1", "--note", "b") { try must($0, "done", "1.1", "--note", "a") },
        Row("done", .usage, "9.9"),
        Row("fail", .done, "1.1"),
        Row("fail", .no, "1.1") { try must($0, "done", "1.1") },
        Row("skip", .done, "1.3", "--reason", "x"),
        Row("skip", .no, "1.3", "--reason", "x") { try must($0, "done", "1.3") },
        Row("waive", .done, "1.1", "--reason", "x"),
        Row("waive", .no, "1.1", "--reason", "x") { try must($0, "done", "1.1") },
        Row("resolve", .done, "1.1", "--happened", "--reason", "x") { try doubt($0) },
        Row("resolve", .no, "1.1", "--happened", "--reason", "x"),
        Row("resolve", .undecided, "1.1", "--happened", "--reason", "x") {
            try doubt($0, capturing: true)
        },
        Row("reopen", .done, "1.1", "--reason", "x") { try must($0, "done", "1.1") },
        Row("reopen", .no, "1.1", "--reason", "x"),
        Row("set", .done, "deployed-by=tom"),
        Row("set", .no, "deployed-by=tom") { try loseTheEnd($0) },
        Row("note", .done, "x"),
        Row("note", .no, "x") { try loseTheEnd($0) },
        Row("abort", .done, "--reason", "x"),
        Row("abort", .done, "--reason", "x") { try must($0, "abort", "--reason", "x") },
        Row("abort", .no, "--reason", "x") { try doubt($0) },
        Row("run", .done) { try commands($0, "true", effect: "none") },
        Row("run", .no) { try commands($0, "false", effect: "none") },
        Row("run", .undecided) { try commands($0, "false", effect: "irreversible") },
        Row("run", .personNeeded),
    ]

    private static let gates: [Row] = [
        Row("gate", .done, "database"),
        Row("gate", .no, "completion"),
        Row("gate", .undecided, "completion") { try doubt($0) },
        Row("gate", .usage, "nowhere"),
        Row("gate", .conflict, "database") { try freeze($0) },
        Row("gate", .done, "backend", "--break-glass", "--reason", "x"),
        Row("gate", .no, "database", "--break-glass", "--reason", "x"),
        Row("freeze", .done, "staging", "--name", "x", "--reason", "x"),
        Row("freeze", .no, "staging", "--name", "x", "--reason", "x", "--until", "2020-01-01"),
        Row("freeze", .usage, "moon", "--name", "x", "--reason", "x"),
        Row("unfreeze", .done, "staging", "--name", "x", "--reason", "x") { try freeze($0) },
        Row("unfreeze", .usage, "staging", "--name", "x", "--reason", "x"),
        Row("unfreeze", .no, "staging", "--name", "x", "--reason", "x") { try loseTheEnd($0) },
        Row("amend", .done, "next.json", "--reason", "x") { try edit($0) },
        Row("amend", .no, "next.json", "--reason", "x") { bench in
            try must(bench, "done", "1.1")
            try edit(bench)
        },
        Row("sign", .done, "qa", "--approve", "--as", "lena@example.com"),
        Row("sign", .no, "qa", "--approve"),
        Row("directory show", .done),
        Row("directory apply", .done),
        Row("directory apply", .no) { try loseTheEnd($0) },
        Row("directory apply", .personNeeded) { bench in
            let key = """
                ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxRzY5iGKGjjaR+0AIw8FgIFu0TujMDrF3rkRVIkIAl
                """
            let roles = #""roles": ["QA Engineer"]"#
            let enrolled = Fixture.project.replacing(
                roles,
                with: roles + #", "keys": [{"ssh": "\#(key)"}]"#
            )
            try bench.write(enrolled, to: "deploykit.json")
            try must(bench, "directory", "apply")
            try bench.write(
                enrolled.replacing(#"["tom"]"#, with: #"["tom", "thomas"]"#),
                to: "deploykit.json"
            )
        },
        Row("sign", .conflict, "qa", "--abstain", "--as", "lena@example.com") {
            try must($0, "sign", "qa", "--approve", "--as", "lena@example.com")
        },
        // It was the last that was missing, and completed the deployment.
        Row("sign", .done, "qa", "--approve", "--as", "lena@example.com") { bench in
            try bench.write(
                "# Orders\n\n## One\n\n- [ ] Look\n\n## Sign-off\n\n- QA Engineer: ______ Date: ____\n",
                to: "page.md"
            )
            try must(bench, "abort", "--reason", "x")
            try must(bench, "start", "page.md", "--environment", "staging", "--version", "1")
            try must(bench, "done", "1.1")
            try must(bench, "sign", "qa", "--approve", "--as", "lena@example.com")
            try #require(bench.run("status").output.contains("completed"))
        },
        // The gate is behind the deployment: nothing that could be withdrawn is in the way.
        Row("sign", .no, "qa", "--abstain", "--as", "lena@example.com") { bench in
            for item in ["1.1", "1.2"] { try must(bench, "done", item) }
            try must(bench, "skip", "1.3", "--reason", "x")
            try must(bench, "sign", "qa", "--approve", "--as", "lena@example.com")
            try must(bench, "fail", "2.1")
        },
        Row("withdraw", .done, "qa", "--reason", "x", "--as", "lena@example.com") {
            try must($0, "sign", "qa", "--approve", "--as", "lena@example.com")
        },
        Row("withdraw", .no, "qa", "--reason", "x"),
    ]

    private static let contract = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"

    // Of the salt 0, on the test network.
    private static let otherContract =
        "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
    private static let deployer = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    private static let salt = String(repeating: "0", count: 64)

    private static let contracts: [Row] = [
        Row("contract record", .done, "TOKEN", contract) { try doubt($0, capturing: true) },
        Row("contract record", .no, "TOKEN", contract) { bench in
            try doubt(bench, capturing: true)
            try loseTheEnd(bench)
        },
        Row("contract list", .done), Row("contract env", .done) { try record($0) },
        Row("contract env", .no) { try doubt($0, capturing: true) },
        Row("contract check", .done, "right.env") { try record($0) },
        Row("contract check", .no, "other.env") { try record($0) },
        Row("contract diff", .done, "testnet", "testnet") { try record($0) },
        Row("contract diff", .no, "testnet", "other.env") { try record($0) },
        Row("contract import", .done, "env", "right.env", "--name", "TOKEN_CONTRACT_ID=TOKEN") {
            try record($0)
        },
        Row("contract import", .no, "env", "right.env", "--name", "TOKEN_CONTRACT_ID=TOKEN") {
            try record($0)
            try must($0, "contract", "revoke", "1", "--reason", "compromised")
        },
        Row("contract reset", .done, "testnet", "--epoch", "1") { try record($0) },
        Row("contract reset", .no, "testnet", "--epoch", "1") { bench in
            try record(bench)
            try loseTheEnd(bench)
        },
        Row("contract restore", .done, "1") { try record($0) },
        Row("contract restore", .no, "1") { bench in
            try record(bench)
            try loseTheEnd(bench)
        },
        Row("contract revoke", .done, "1", "--reason", "compromised") { try record($0) },
        Row("contract revoke", .no, "1", "--reason", "compromised") { bench in
            try record(bench)
            try loseTheEnd(bench)
        },
        Row("contract derive", .done, "--deployer", deployer, "--salt", salt),
        Row("contract derive", .no, contract, "--deployer", deployer, "--salt", salt),
        Row("contract lint", .done, "checklist.json"),
        Row("contract lint", .no, "book.json") {
            try $0.write(
                #"{"token": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee"}"#,
                to: "book.json"
            )
        },
        Row("contract lint", .invalidData, "absent.json"),
        Row("env doctor", .done, "plain.env") { try $0.write("A=1\n", to: "plain.env") },
        Row("env doctor", .no, "home.env") { try $0.write("A=$HOME\n", to: "home.env") },
        Row("env doctor", .invalidData, "absent.env"),
        Row("export", .done, "--markdown") { bench in
            try bench.write("# Page\n\n## One\n\n- [ ] Look\n", to: "page.md")
            try must(bench, "abort", "--reason", "x")
            try must(bench, "start", "page.md", "--environment", "staging", "--version", "1")
        },
        Row("report", .done, "--output", "report.html"),
        Row("report", .invalidData, "--output", "absent/report.html"),
        Row("export", .invalidData, "--markdown", "--output", "folder") {
            try $0.makeFolder("folder")
        },
    ]

    private static let metrics: [Row] = [
        Row("metric record", .done, "mail", "96%") { try measure($0) },
        Row("metric record", .no, "mail", "96%") { bench in
            try measure(bench)
            try loseTheEnd(bench)
        },
        Row("metric evaluate", .undecided) { try measure($0) },
        Row("metric evaluate", .done) { try measure($0, "99%") },
        Row("metric evaluate", .personNeeded) { try measure($0, "93/100") },
        Row("metric evaluate", .no) { try measure($0, "5/100") },
        Row("metric watch", .done, "--stop") { try measure($0) },
        Row("metric watch", .no, "--stop") { bench in
            try measure(bench)
            try loseTheEnd(bench)
        },
        Row("metric replay", .undecided) { try measure($0) },
        Row("metric replay", .done) { bench in
            try measure(bench, "99%")
            try must(bench, "metric", "evaluate", "--record")
        },
        Row("metric rules", .done) { try measure($0) },
        Row("metric rules", .undecided),
    ]

    private static let audits: [Row] = [
        Row("audit duties", .done), Row("audit duties", .done, "--all"),
        Row("audit duties", .no, "--strict") { bench in
            try must(bench, "done", "1.1", "--as", "lena@example.com")
            try must(bench, "sign", "qa", "--approve", "--as", "lena@example.com")
        },
        Row("audit log", .done), Row("audit verify", .done),
        Row("audit verify", .no) { try loseTheEnd($0) },
        Row("audit verify", .undecided, "--require-anchor") { bench in
            try #require(bench.runProgram("/bin/rm", "-rf", "../.local") == 0)
        },
        Row("audit export", .done, "--output", "evidence"),
        Row("audit export", .no, "--output", "evidence", "--previous", "foreign") { bench in
            let root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
            try bench.write("other.0123456789abcdef\n2\n\(root)\n\n", to: "foreign")
        },
        Row("audit export", .usage, "--output", "e", "--from", "2026-02-01", "--to", "2026-01-31"),
        Row("audit export", .invalidData, "--output", "no/such/folder"),
        Row("audit checkpoint", .done),
        Row("audit checkpoint", .no) { try loseTheEnd($0) },
        Row("audit recover", .done, "--reason", "x") { try loseTheEnd($0) },
        Row("audit recover", .no, "--reason", "x"),
        Row("audit erase", .done, "4", "--legal-basis", "x") { bench in
            try must(bench, "done", "1.1", "--note", "x")
        },
        Row("audit erase", .done, "4", "--legal-basis", "x") { bench in
            try must(bench, "done", "1.1", "--note", "x")
            try must(bench, "audit", "erase", "4", "--legal-basis", "x")
        },
        Row("audit erase", .no, "0", "--legal-basis", "x"),
        Row("audit erase", .no, "4000", "--legal-basis", "x"),
        Row("audit erase", .usage, "all", "--legal-basis", "x"),
        Row("key init", .done),
        Row("key init", .done) { try must($0, "key", "init") },
    ]

    private static let stores: [Row] = [
        Row("store save", .done, "saved.sqlite"),
        Row("store save", .usage, ".deploykit/store.sqlite"),
        Row("store save", .usage, "./.deploykit/../.deploykit/store.sqlite"),
        Row("store save", .invalidData, "nowhere/saved.sqlite"),
        Row("store save", .invalidData, "folder") { try $0.makeFolder("folder") },
        Row("store save", .invalidData, "pipe") { bench in
            try #require(mkfifo("\(bench.path)/pipe", 0o600) == 0)
        },
        Row("store save", .invalidData, "checklist.json"),
        Row("store save", .no, "saved.sqlite") { try loseTheEnd($0) },
        Row("store save", .conflict, "saved.sqlite") { bench in
            // Another machine went on with the same log, and saved.
            try must(bench, "store", "save", "saved.sqlite")
            try must(bench, "note", "elsewhere", "--store", "saved.sqlite")
            try #require(bench.runProgram("/bin/rm", "-rf", "../.local") == 0)
        },
        Row("store copy", .done, ".deploykit/store.sqlite", "copied.sqlite"),
        Row("store copy", .no, ".deploykit/store.sqlite", "copied.sqlite") { try loseTheEnd($0) },
        Row("store copy", .conflict, "older.sqlite", ".deploykit/store.sqlite") { bench in
            try #require(
                bench.runProgram("/bin/cp", ".deploykit/store.sqlite", "older.sqlite") == 0
            )
            try must(bench, "note", "later")
        },
        Row("store copy", .invalidData, "absent.sqlite", "copied.sqlite"),
        Row("store restore", .done, "saved.sqlite") {
            try must($0, "store", "save", "saved.sqlite")
        },
        Row("store restore", .no, "saved.sqlite") { bench in
            try must(bench, "store", "save", "saved.sqlite")
            try must(bench, "note", "later")
        },
        Row("store restore", .invalidData, "absent.sqlite"),
        Row("store restore", .invalidData, "checklist.json"),
    ]

    // MARK: What happens before

    private static func must(_ bench: Bench, _ words: String...) throws {
        let run = try bench.run(words: words)
        try #require(run.code == 0, "\(words): \(run.errors)")
    }

    /// Does all there is to do, so that the deployment is completed.
    private static func complete(_ bench: Bench) throws {
        for item in ["1.1", "1.2"] { try must(bench, "done", item) }
        try must(bench, "skip", "1.3", "--reason", "x")
        try must(bench, "sign", "qa", "--approve", "--as", "lena@example.com")
        try must(bench, "done", "2.1")
        try #require(bench.run("status").output.contains("completed"))
    }

    /// A deployment of one command in the place of the one that is open.
    private static func commands(
        _ bench: Bench,
        _ script: String,
        effect: String,
        capturing: Bool = false
    ) throws {
        let command = #""command": {"script": "\#(script)", "interpreter": "bash"}"#
        let kind =
            capturing
            ? #"{"is": "capture", "slot": "TOKEN", \#(command)}"#
            : #"{"is": "command", \#(command)}"#
        try bench.write(
            #"{"v": 1, "title": "Run", "phases": [{"id": "p", "title": "P", "sections": ["#
                + #"{"id": "p", "items": [{"id": "p/one", "title": "One", "effect": "\#(effect)","#
                + #" "kind": \#(kind)}]}]}], "contractSlots": [{"name": "TOKEN", "title": "Token","#
                + #" "kind": "stellar.contract", "required": true}]}"#,
            to: "commands.json"
        )
        try bench.write(
            #"{"deploykit": 1, "environments": [{"name": "testnet", "tier": "test", "#
                + #""networks": ["stellar:testnet"]}]}"#,
            to: "deploykit.json"
        )
        try must(bench, "abort", "--reason", "another")
        try must(bench, "start", "commands.json", "--environment", "testnet", "--version", "1")
    }

    /// A deployment with a metric, measured or not.
    private static func measure(_ bench: Bench, _ values: String...) throws {
        let metric = #"""
            "metrics": [
              {"id": "mail", "title": "Mail", "unit": "%", "direction": "higherIsBetter",
               "aggregation": {"kind": "ratio", "part": "sent_total", "others": "failed_total"},
               "window": 60000,
               "bands": {"target": "> 95%", "warning": "< 90%", "critical": "< 80%"}}],
            """#
        try bench.write(
            Fixture.checklist.replacing(#""signOffSlots""#, with: metric + #""signOffSlots""#),
            to: "metrics.json"
        )
        try must(bench, "abort", "--reason", "another")
        try must(bench, "start", "metrics.json", "--environment", "staging", "--version", "1")
        for value in values { try must(bench, "metric", "record", "mail", value) }
    }

    /// A deployment with a contract, a file that holds it, and one that holds another.
    private static func record(_ bench: Bench) throws {
        try doubt(bench, capturing: true)
        try must(bench, "contract", "record", "TOKEN", contract)
        for (name, id) in [("right", contract), ("other", otherContract)] {
            try bench.write("TOKEN=\(id)\nTOKEN_CONTRACT_ID=\(id)\n", to: "\(name).env")
        }
        try must(bench, "note", "recorded")
    }

    /// A deployment whose only item may have happened.
    private static func doubt(_ bench: Bench, capturing: Bool = false) throws {
        try commands(bench, "false", effect: "irreversible", capturing: capturing)
        try #require(bench.run("run").code == 2)
    }
}
