// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// What must have happened in the folder of ``ExampleBench`` before an example can be carried out.
struct ExamplePreparation {
    /// What the example has in it.
    let part: String
    /// Makes it happen, and returns what stands for which value in the example.
    let prepare: @Sendable (Bench) throws -> [(name: String, value: String)]

    private init(
        _ part: String,
        _ prepare: @escaping @Sendable (Bench) throws -> [(name: String, value: String)]
    ) {
        self.part = part
        self.prepare = prepare
    }

    /// Calls of the command that come before it, each of which must succeed.
    private init(_ part: String, after calls: [String]...) {
        self.init(part) { bench in
            for words in calls { try Self.must(bench, words) }
            return []
        }
    }

    static let all: [ExamplePreparation] = [
        .init("deploykit rollback", after: ["done", "1.2", "1.3", "1.4", "2.1"]),
        .init("deploykit rehearse", after: []),
        .init("--list Weekly") { bench in
            let list = "# Upkeep\n\n## Maintenance\n\n**Weekly**\n\n- [ ] Look at the logs\n"
            try bench.write(list, to: "docs/DEPLOYMENT.md")
            return [("FILE", "docs/DEPLOYMENT.md")]
        },
        .init("done week-1", finish),
        .init("note --resolution", after: ["note", "--issue", "one"], ["note", "--issue", "two"]),
        .init(
            "deploykit unfreeze",
            after: ["freeze", "production", "--name", "INC-81", "--reason", "the ledger"]
        ),
        .init("contract restore 2") { try record("staging", "stellar:testnet", in: $0) },
        .init("contract restore --snapshot") { try record("staging", "stellar:testnet", in: $0) },
        .init("contract revoke 3") { try record("production", "stellar:pubnet", in: $0) },
        .init("production@") { try record("production", "stellar:pubnet", in: $0) },
        .init("production --write") { try record("production", "stellar:pubnet", in: $0) },
        .init("audit erase 17") { bench in
            for number in 1...20 { try must(bench, ["note", "note \(number)"]) }
            return []
        },
        .init("--submit", signApart),
        .init("metric watch") { _ in [("30m", "2s"), ("10m", "2s"), ("60s", "1s")] },
    ]

    private static func must(_ bench: Bench, _ words: [String]) throws {
        if words.isEmpty { return }
        let run = try bench.run(words: words)
        try #require(run.code == 0, "\(words): \(run.errors)")
    }

    private static func reachMainnet(_ bench: Bench) throws {
        try must(bench, ["done", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3"])
        #expect(try bench.run("run").code == 4)
        try must(bench, ["done", "3.1"])
        try must(bench, ["skip", "3.2", "--reason", "off"])
    }

    /// Does and signs everything, so that the windows run.
    private static func finish(_ bench: Bench) throws -> [(name: String, value: String)] {
        try reachMainnet(bench)
        for (slot, person) in [
            ("qa-engineer", "lena@example.com"), ("operations", "tom@example.com"),
        ] {
            try must(bench, ["sign", slot, "--approve", "--as", person])
        }
        try must(bench, ["done", "4.1", "4.2"])
        return []
    }

    /// Three contracts after each other in one place, and what the first of their snapshots is called.
    private static func record(
        _ environment: String,
        _ network: String,
        in bench: Bench
    ) throws -> [(name: String, value: String)] {
        let ids = [
            "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5",
            "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW",
            "CDKR4A7VTCLGCBXK6T2B5HPYQKZXOWURVIL7GZGPY7PZJMYEFOCJPQXY",
        ]
        for (place, id) in ids.enumerated() {
            try must(
                bench,
                [
                    "contract", "record", "VESTING_CONTRACT_ID", id, "--environment", environment,
                    "--network", network,
                ] + (place == 0 ? [] : ["--replace"])
            )
        }
        let list = ["contract", "list", "--snapshots", "--environment", environment]
        let first = try bench.run(words: list).output.split(separator: "\n").last ?? ""
        return [("4f9ac1d2", String(first.prefix(8)))]
    }

    /// A statement that Lena signed on a machine of her own.
    private static func signApart(_ bench: Bench) throws -> [(name: String, value: String)] {
        let keygen = "/usr/bin/ssh-keygen"
        let new = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "lena"]
        try #require(try bench.runProgram(words: [keygen] + new) == 0)
        let key = try bench.read("lena.pub").trimmed
        let project = try bench.read("deploykit.json")
        try bench.write(
            project.replacing(
                #"{"id": "lena@example.com", "#,
                with: #"{"id": "lena@example.com", "keys": [{"ssh": "\#(key)"}], "#
            ),
            to: "deploykit.json"
        )
        try must(bench, ["directory", "apply"])
        try reachMainnet(bench)
        let prepare = ["sign", "operations", "--approve", "--as", "lena@example.com"]
        try must(bench, prepare + ["--prepare", "ops.pae"])
        let sign = ["-Y", "sign", "-n", "sign-off@deploykit", "-f", "lena", "ops.pae"]
        try #require(try bench.runProgram(words: [keygen] + sign) == 0)
        return [("qa.pae", "ops.pae")]
    }
}
