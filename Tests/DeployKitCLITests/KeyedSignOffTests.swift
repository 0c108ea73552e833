// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Signing with SSH keys, changing the people, and the bundle that an auditor gets, by the built
/// command and by `ssh-keygen`.
@Suite(.enabled(if: access("/usr/bin/ssh-keygen", X_OK) == 0, "ssh-keygen is not installed"))
struct KeyedSignOffTests {
    /// A folder with keys of Lena, Olga and Mallory, and a project in which Lena has hers.
    private func bench(_ others: String = "") throws -> Bench {
        let bench = try Bench()
        for name in ["lena", "olga", "mallory"] {
            let code = try bench.runProgram(
                "/usr/bin/ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                "",
                "-f",
                name
            )
            try #require(code == 0)
        }
        try bench.write(Fixture.checklist, to: "checklist.json")
        try writeProject(in: bench, others)
        return bench
    }

    private func writeProject(in bench: Bench, _ others: String = "") throws {
        let key = try bench.read("lena.pub").trimmed
        try bench.write(
            """
            {"deploykit": 1,
             "environments": [{"name": "production", "tier": "production"}],
             "people": [
               {"id": "lena@example.com", "aliases": ["lena"], "roles": ["QA Engineer"],
                "keys": [{"ssh": "\(key)"}]},
               {"id": "tom@example.com", "aliases": ["tom"]}\(others)
             ]}
            """,
            to: "deploykit.json"
        )
    }

    private func person(_ name: String, in bench: Bench) throws -> String {
        let key = try bench.read("\(name).pub").trimmed
        return """
            , {"id": "\(name)@example.com", "roles": ["QA Engineer"], "keys": [{"ssh": "\(key)"}]}
            """
    }

    private func start(_ bench: Bench) throws {
        let code = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "production",
            "--version",
            "1.0"
        ).code
        try #require(code == 0)
        for item in ["backup", "tables"] { try bench.run("done", item) }
        try bench.run("skip", "sms", "--reason", "off")
    }

    @Test func aProductionGateOpensWithAKeyAndWithNothingLess() throws {
        let bench = try bench()
        try start(bench)
        let unsigned = try bench.run("sign", "qa", "--approve", "--as", "lena")
        #expect(unsigned.code == 0 && unsigned.errors.contains("UNSIGNED"))
        #expect(try bench.run("gate", "backend").code == 1)
        let mallory = try bench.run(
            "sign",
            "qa",
            "--approve",
            "--as",
            "lena",
            "--ssh-key",
            "mallory"
        )
        #expect(mallory.code == 1 && mallory.errors.contains("ssh-wrong-key"))
        let own = try bench.run("sign", "qa", "--approve", "--as", "lena", "--ssh-key", "lena")
        #expect(own.code == 0, "\(own.errors)")
        #expect(try bench.run("gate", "backend").code == 0)
    }

    @Test func whatIsPreparedIsSignedElsewhereAndHandedInOnce() throws {
        let bench = try bench()
        try start(bench)
        let prepared = try bench.run(
            words: [
                "sign", "qa", "--approve", "--as", "lena", "--reason", "load test", "--prepare",
                "qa.pae",
            ]
        )
        #expect(prepared.code == 0, "\(prepared.errors)")
        #expect(try bench.run("sign", "--submit", "qa.pae").code == 3, "not signed yet")
        let code = try bench.runProgram(
            "/usr/bin/ssh-keygen",
            "-q",
            "-Y",
            "sign",
            "-n",
            "sign-off@deploykit",
            "-f",
            "lena",
            "qa.pae"
        )
        #expect(code == 0)
        let submitted = try bench.run("sign", "--submit", "qa.pae")
        #expect(submitted.code == 0, "\(submitted.errors)")
        #expect(try bench.run("gate", "backend").code == 0)
        #expect(try bench.run("sign", "--submit", "qa.pae").output.contains("already"))
        try bench.run("withdraw", "qa", "--reason", "too early", "--as", "lena")
        #expect(try bench.run("sign", "--submit", "qa.pae").code == 5)
        #expect(try bench.run("gate", "backend").code == 1)
    }

    @Test func morePeopleNeedAnApproverOnceSomebodyHasAKey() throws {
        let bench = try bench()
        try start(bench)
        try writeProject(in: bench, try person("mallory", in: bench))
        #expect(try bench.run("directory", "apply", "--dry-run").code == 4)
        #expect(try bench.run("directory", "apply").code == 4)
        let status = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "production",
            "--version",
            "1.0"
        )
        #expect(status.errors.contains("directory apply"), "\(status.errors)")
        #expect(try !bench.run("directory", "show").output.contains("mallory"))
        let own = try bench.run(
            words: ["directory", "apply", "--as", "mallory@example.com", "--ssh-key", "mallory"]
        )
        #expect(own.code == 1)
        let approved = try bench.run(
            words: ["directory", "apply", "--as", "lena", "--ssh-key", "lena"]
        )
        #expect(approved.code == 0, "\(approved.errors)")
        let signers = try bench.run("directory", "show", "--allowed-signers").output
        #expect(signers.split(separator: "\n").count == 2)
    }

    @Test func onAMachineOfContinuousIntegrationNobodyIsTheSystemsUser() throws {
        let bench = try bench()
        try start(bench)
        let variables = ["CI": "true", "DEPLOYKIT_ACTOR": ""]
        let inbox = try bench.run("inbox", "--json", with: variables)
        #expect(try inbox.json()["actor"]?["assurance"]?.string == "asserted(ci)")
        let own = try bench.run("inbox", "--json", with: ["DEPLOYKIT_ACTOR": ""])
        #expect(try own.json()["actor"]?["assurance"]?.string == "osUser")
        let forged = try bench.run(
            "inbox",
            "--json",
            with: ["DEPLOYKIT_ACTOR": "", "USER": "mallory", "LOGNAME": "mallory"]
        )
        #expect(try forged.json()["actor"]?["id"]?.string != "mallory")
    }

    /// The same bytes wherever and whenever, and every signature judged without a store.
    @Test func aBundleIsTheSameEverywhereAndIsCheckedAlone() throws {
        let bench = try bench()
        try start(bench)
        try bench.run("sign", "qa", "--approve", "--as", "lena", "--ssh-key", "lena")
        let moment = ["SOURCE_DATE_EPOCH": "1767225600"]
        let first = try bench.run("audit", "export", "--output", "one", with: moment)
        #expect(first.code == 0, "\(first.errors)")
        try bench.makeFolder("deep")
        let second = try bench.run(
            "audit",
            "export",
            "--output",
            "two",
            in: "deep",
            with: moment.merging(
                ["TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"],
                uniquingKeysWith: { $1 }
            )
        )
        #expect(second.code == 0, "\(second.errors)")
        #expect(try bench.runProgram("/usr/bin/diff", "-r", "one", "deep/two") == 0)
        try bench.write(
            try bench.run("directory", "show", "--allowed-signers").output,
            to: "people"
        )
        let checked = try bench.run("audit", "verify", "one", "--allowed-signers", "people")
        #expect(checked.code == 0 && checked.output.contains("1 signatures, by the keys given"))
        try bench.write(
            "lena@example.com \(try bench.read("olga.pub").trimmed)\n",
            to: "others"
        )
        let others = try bench.run("audit", "verify", "one", "--allowed-signers", "others")
        #expect(others.code == 3 && others.output.contains("ssh-wrong-key"))
        let own = try bench.run("audit", "verify", "one", "--against", "one/checkpoint")
        #expect(own.code == 64, "a bundle vouches for itself")
        let anchored = try bench.run(
            words: ["audit", "verify", "deep/two", "--against", "one/checkpoint"]
        )
        #expect(anchored.code == 0 && anchored.output.contains("ANCHORED"))
        let later = try bench.run(
            words: ["audit", "export", "--output", "none", "--to", "2020-01-01"]
        )
        #expect(later.code == 0)
        let left = try bench.run("audit", "verify", "none")
        #expect(left.code == 0 && left.output.contains("left out by the query"))
        try bench.write(try bench.read("one/report.html") + "x", to: "one/report.html")
        #expect(try bench.run("audit", "verify", "one").code == 3)
    }
}
