// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// The registry of an environment at the command line.
@Suite struct ContractVerbTests {
    // Derived from one deployer and the salt 0 on the test network and on the main network.
    private let testID = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
    private let mainID = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"
    // Of the native asset on both.
    private let nativeTest = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
    private let nativeMain = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"
    private let deployer = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    private let salt = String(repeating: "0", count: 64)

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(
            #"""
            {"v": 1, "title": "Vesting", "phases": [
              {"id": "deploy", "title": "Deploy", "sections": [{"id": "deploy", "items": [
                {"id": "deploy/look", "title": "Look"}]}]}],
             "variables": [{"name": "JWT_SECRET", "minimumLength": 32, "isSecret": true}],
             "contractSlots": [
               {"name": "VESTING_CONTRACT_ID", "title": "Vesting", "kind": "stellar.contract",
                "required": true},
               {"name": "TOKEN_CONTRACT_ID", "title": "Token", "kind": "stellar.contract",
                "required": false}]}
            """#,
            to: "checklist.json"
        )
        try bench.write(
            #"""
            {"deploykit": 1, "environments": [
              {"name": "staging", "tier": "test", "networks": ["stellar:testnet", "eip155:11155111"]},
              {"name": "production", "tier": "production", "networks": ["stellar:pubnet", "eip155:1"]}],
             "targets": [
              {"name": "web", "path": "web.env", "prefix": "VITE_", "contracts": ["VESTING_CONTRACT_ID"]},
              {"name": "api", "path": "api.yaml", "dialect": "k8s-secret", "secrets": ["JWT_SECRET"]}]}
            """#,
            to: "deploykit.json"
        )
        let words = ["start", "checklist.json", "--environment", "staging", "--version", "1"]
        let run = try bench.run(words: words)
        try #require(run.code == 0, "\(run.errors)")
        return bench
    }

    private func record(_ bench: Bench, _ words: String...) throws -> CommandRun {
        try bench.run(words: ["contract", "record", "VESTING_CONTRACT_ID"] + words)
    }

    @Test func everyKindOfWrongIDIsNamedForWhatItIs() throws {
        let bench = try bench()
        let seed = "SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVG"
        let inputs: [(String, String)] = [
            ("error: account not found", "text of an error"), (deployer, "is an account"),
            (seed, "secret seed; treat it as leaked"),
            (String(repeating: "ab", count: 32), "wasm hash"),
            ("\(testID) \(nativeTest)", "different ones"), (testID.lowercased(), "lower case"),
            (testID + "=", "padded"), (nativeMain, "stellar:pubnet"), ("0x...", "placeholder"),
            ("DEFAULT_ID", "placeholder"), (testID + "\n", "white space"),
            (String(testID.dropLast()) + "X", "checksum"),
            ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ", "muxed"),
            ("WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWC", "muxed"),
            ("LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN", "liquidity-pool"),
            ("BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU", "claimable-balance"),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EVM network"),
        ]
        for (text, words) in inputs {
            let run = try record(bench, text)
            #expect(run.code == 1, "\(text): \(run.errors)")
            #expect(run.errors.contains(words), "\(text): \(run.errors)")
            #expect(!run.errors.contains(seed.dropFirst(4)))
        }
        #expect(try bench.run("contract", "list", "--json").json()["records"] == .array([]))
    }

    @Test func deployerAndSaltProveTheNetwork() throws {
        let bench = try bench()
        let derived = try bench.run(
            "contract",
            "derive",
            mainID,
            "--deployer",
            deployer,
            "--salt",
            salt,
            "--network",
            "testnet"
        )
        #expect(derived.code == 1)
        #expect(derived.errors.contains("is of stellar:pubnet, not of stellar:testnet"))
        let wrong = try record(bench, mainID, "--deployer", deployer, "--salt", salt)
        #expect(wrong.code == 1)
        #expect(wrong.errors.contains("is of stellar:pubnet"))
        #expect(try record(bench, testID, "--deployer", deployer, "--salt", salt).code == 0)
        let again = try record(bench, testID, "--deployer", deployer, "--salt", salt, "--json")
        #expect(try again.json()["hasChanged"] == false.json)
        #expect(try record(bench, testID, "--salt", salt).code == 64)
        // The same ID under another network's environment is impossible.
        let twin = try record(
            bench,
            "stellar:pubnet:\(testID)",
            "--environment",
            "production"
        )
        #expect(twin.code == 1)
        #expect(twin.errors.contains("stellar:testnet"))
    }

    @Test func aFileThatNamesAnotherNetworkGivesProductionNothing() throws {
        let statements = [
            "STELLAR_NETWORK=testnet", "CHAIN_ID=11155111",
            "NETWORK_PASSPHRASE='Test SDF Network ; September 2015'",
        ]
        for statement in statements {
            let bench = try bench()
            try bench.write("\(statement)\nVESTING_CONTRACT_ID=\(testID)\n", to: "test.env")
            let words = ["contract", "import", "env", "test.env", "--environment"]
            let refused = try bench.run(words: words + ["production"])
            #expect(refused.code == 3, "\(statement): \(refused.output)\(refused.errors)")
            #expect(refused.errors.contains("test.env:1: \(statement.prefix { $0 != "=" })"))
            #expect(try bench.run(words: words + ["staging"]).code == 0, "\(statement)")
        }
    }

    @Test func onlyVariablesThatMayBeMeantAreImported() throws {
        let bench = try bench()
        try bench.write(
            "TESTNET_VESTING_CONTRACT_ID=\(testID)\nMAINNET_VESTING_CONTRACT_ID=\(mainID)\n"
                + "VAULT=\(nativeMain)\n",
            to: "both.env"
        )
        let run = try bench.run(
            words: ["contract", "import", "env", "both.env", "--environment", "production"]
        )
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains(mainID) && !run.output.contains(testID))
        #expect(run.errors.contains("both.env:1: TESTNET_VESTING_CONTRACT_ID is by its name"))
        #expect(run.errors.contains("both.env:3: VAULT may hold a contract ID"))
    }

    @Test func aFileForAnEnvironmentWhereNothingRanYetNeedsEverySlotAsWell() throws {
        let bench = try bench()
        let words = ["contract", "record", "TOKEN_CONTRACT_ID", mainID]
        #expect(try bench.run(words: words + ["--environment", "production"]).code == 0)
        let file = try bench.run("contract", "env", "--environment", "production")
        #expect(file.code == 1)
        #expect(file.errors.contains("no active contract ID for VESTING_CONTRACT_ID"))
        let compared = try bench.run("contract", "check", "x.env", "--environment", "production")
        #expect(compared.code != 0)
    }

    @Test func whatSlippedAtTheSlotOrTheNetworkIsSaid() throws {
        let bench = try bench()
        let slipped = try bench.run(
            words: [
                "contract", "record", "VESTNIG_CONTRACT_ID", testID, "--environment", "staging",
            ]
        )
        #expect(slipped.code == 0)
        #expect(slipped.errors.contains("did you mean VESTING_CONTRACT_ID?"))
        // Of the networks called mainnet only one has IDs of this form.
        let main = ["contract", "record", "VESTING_CONTRACT_ID", mainID, "--network", "mainnet"]
        #expect(try bench.run(words: main + ["--environment", "production"]).code == 0)
        let project = try bench.read("deploykit.json")
        try bench.write(
            project.replacing("\"eip155:11155111\"", with: "\"eip155:11155111\", \"eip155:17000\""),
            to: "deploykit.json"
        )
        let late = try record(bench, testID)
        #expect(late.errors.contains("staging lists eip155:17000 since d-"))
    }

    @Test func anIDFromBeforeAResetIsTakenAndSaid() throws {
        let bench = try bench()
        let words = [
            "contract", "record", "VESTING_CONTRACT_ID", testID, "--environment", "staging",
        ]
        #expect(try bench.run(words: words).code == 0)
        let reset = ["contract", "reset", "stellar:testnet", "--epoch", "1"]
        let run = try bench.run(words: reset + ["--environment", "staging"])
        #expect(run.code == 0, "\(run.errors)")
        let again = try bench.run(words: words)
        #expect(again.code == 0)
        #expect(again.errors.contains("was wiped since"))
    }

    @Test func factsAccumulateAndAreShown() throws {
        let bench = try bench()
        #expect(try record(bench, testID).code == 0)
        let digest = String(repeating: "ab", count: 32)
        let words = ["--code", "wasm-sha256:\(digest)", "--initialised", "constructor"]
        let facts = ["contract", "record", "VESTING_CONTRACT_ID", testID] + words
        #expect(try bench.run(words: facts + ["--evidence", "code-hash=pass"]).code == 0)
        #expect(try record(bench, testID, "--initialised", "call").code == 5)
        #expect(try record(bench, testID, "--code", "md5:00").code == 64)
        #expect(try record(bench, testID, "--evidence", "code-hash").code == 64)
        let csv = try bench.run("contract", "list", "--format", "csv").output
        #expect(csv.contains(digest))
        #expect(csv.contains("code-hash=pass"))
    }

    @Test func aSnapshotComesBackWithTheSameBytes() throws {
        let bench = try bench()
        #expect(try record(bench, testID).code == 0)
        let before = try bench.run("contract", "env").output
        let digest = try bench.run("contract", "list", "--json").json()["snapshot"]?.string ?? ""
        let other = [nativeTest, "--environment", "staging"]
        let words = ["contract", "record", "VESTING_CONTRACT_ID"] + other
        let refused = try bench.run(words: words)
        #expect(refused.code == 5)
        #expect(refused.errors.contains("--replace"))
        #expect(try bench.run(words: words + ["--replace"]).code == 0)
        #expect(try bench.run("contract", "env").output != before)
        let diff = try bench.run("contract", "diff", "staging@\(digest)", "staging")
        #expect(diff.code == 1)
        #expect(diff.output.contains("~  VESTING_CONTRACT_ID"))
        let restore = ["contract", "restore", "--snapshot", String(digest.prefix(12))]
        #expect(try bench.run(words: restore).code == 0)
        #expect(try bench.run("contract", "env").output == before)
        #expect(try bench.run(words: restore + ["--json"]).json()["hasChanged"] == false.json)
        #expect(try bench.run("contract", "diff", "staging@\(digest)", "staging").code == 0)
        #expect(try bench.run("contract", "restore", "--snapshot", "00000000").code == 64)
        #expect(try bench.run("contract", "revoke", "1", "--reason", "defective").code == 0)
        #expect(try bench.run(words: restore).code == 1, "what is revoked stays so")
        #expect(try bench.run("contract", "restore", "1").code == 1)
        #expect(try bench.run("contract", "restore", "2").code == 0)
    }

    @Test func aWipedNetworkOrphansItsContracts() throws {
        let bench = try bench()
        #expect(try record(bench, testID).code == 0)
        #expect(try bench.run("contract", "reset", "testnet").code == 64)
        #expect(try bench.run("contract", "reset", "testnet", "--epoch", "2").code == 1)
        let reset = ["contract", "reset", "testnet", "--epoch", "1"]
        #expect(try bench.run(words: reset).code == 0)
        #expect(try bench.run(words: reset + ["--json"]).json()["hasChanged"] == false.json)
        #expect(try bench.run("contract", "env").code == 1)
        #expect(try bench.run("contract", "list", "--all").output.contains("orphaned"))
        let main = ["contract", "reset", "mainnet", "--epoch", "1", "--environment", "production"]
        let refused = try bench.run(words: main)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("nobody wipes"))
    }

    @Test func targetsAreWrittenAndLeftAloneWhenTheyAreRight() throws {
        let bench = try bench()
        #expect(try bench.run("contract", "env", "--write").code == 1)
        #expect(try bench.runProgram("/usr/bin/test", "-e", "web.env") == 1)
        #expect(try record(bench, testID).code == 0)
        let write = try bench.run("contract", "env", "--write")
        #expect(write.code == 0)
        #expect(write.errors.contains("copied into what is built"))
        #expect(try bench.read("web.env") == "VITE_VESTING_CONTRACT_ID=\(testID)\n")
        let yaml = try bench.read("api.yaml")
        #expect(yaml.contains("# JWT_SECRET is a secret"))
        #expect(yaml.contains("  \"VESTING_CONTRACT_ID\": \"\(testID)\""))
        #expect(try bench.run("contract", "env", "--write").output.contains("unchanged"))
        #expect(try bench.run("contract", "env", "--target", "web").output == bench.read("web.env"))
        #expect(try bench.run("contract", "env", "--target", "nope").code == 64)
        let check = ["contract", "check", "api.yaml", "--dialect", "k8s-secret"]
        #expect(try bench.run(words: check).code == 0)
        #expect(try bench.run("contract", "check", "web.env", "--prefix", "VITE_").code == 0)
    }

    @Test func checkNamesWhatIsWrongAndNeverTheValue() throws {
        let bench = try bench()
        #expect(try record(bench, testID).code == 0)
        let secret = "correct-horse"
        try bench.write(
            "\u{FEFF}VESTING_CONTRACT_ID=\(nativeMain)\r\nJWT_SECRET=\(secret)\r\nPATH=/bin\r\n"
                + "STELLAR_NETWORK=PUBLIC\nMAINNET_RPC=https://x\nA='1\nA=2\nA=2\n"
                + "NEXT_PUBLIC_API_SECRET=hunter2hunter2\n",
            to: ".env"
        )
        let run = try bench.run("contract", "check", ".env")
        #expect(run.code == 1)
        for rule in [
            "1: error: file-bom", "1: error: file-crlf", "1: error: file-different",
            "1: error: file-foreign", "2: error: file-too-short", "3: error: file-execution",
            "4: error: file-foreign", "5: error: file-foreign", "file-not-portable",
            "file-duplicate", "file-exposed-secret",
        ] { #expect(run.output.contains(rule), "\(rule): \(run.output)") }
        #expect(run.output.contains("stellar:pubnet"))
        #expect(!run.output.contains(secret) && !run.output.contains("hunter2"))
        try bench.write(
            "VESTING_CONTRACT_ID=\(testID)\nJWT_SECRET='\(String(repeating: "x1", count: 20))'\n",
            to: ".env"
        )
        #expect(try bench.run("contract", "check", ".env").code == 0)
        #expect(try bench.run("contract", "diff", "staging", ".env").code == 0)
        #expect(try bench.run("contract", "check", "nothing").code == 3)
    }

    @Test func theDoctorSaysWhoReadsWhat() throws {
        let bench = try Bench()
        try bench.write("N=Test SDF Network ; September 2015\nA=1\nT=s3cr3t-s3cr3t#x\n", to: ".env")
        let run = try bench.run("env", "doctor", ".env")
        #expect(run.code == 1)
        #expect(run.output.contains("runs it"))
        #expect(run.output.contains("3 variables, 2 of them read differently"))
        #expect(!run.output.contains("s3cr3t"))
        let shown = try bench.run("env", "doctor", ".env", "--show-values", "--reader", "node")
        #expect(shown.code == 0)
        #expect(try bench.run("env", "doctor", ".env", "--reader", "dokcer").code == 64)
        try bench.write("A=1\nB=2\n", to: ".env")
        #expect(try bench.run("env", "doctor", ".env").code == 0)
    }

    @Test func importsAreWholeRepeatableAndKeepWhereTheyCameFrom() throws {
        let bench = try bench()
        try bench.makeFolder("contract-ids")
        let passphrase = "Test SDF Network ; September 2015"
        try bench.write(
            "{\"ids\":{\"\(passphrase)\":\"\(testID)\"}}",
            to: "contract-ids/vesting.json"
        )
        try bench.write("{\"ids\":{", to: "contract-ids/token.json")
        let words = [
            "contract", "import", "stellar-alias", "contract-ids", "--environment", "staging",
        ]
        let damaged = try bench.run(words: words)
        #expect(damaged.code == 3)
        #expect(damaged.errors.contains("contract-ids/token.json: it is damaged"))
        #expect(try bench.run("contract", "list", "--json").json()["records"] == .array([]))
        try bench.write(
            "{\"ids\":{\"\(passphrase)\":\"\(nativeTest)\"}}",
            to: "contract-ids/token.json"
        )
        let trial = try bench.run(words: words + ["--dry-run"])
        #expect(trial.code == 0)
        #expect(trial.output.contains("would be recorded"))
        #expect(try bench.run(words: words).code == 0)
        #expect(try bench.run(words: words + ["--json"]).json()["hasChanged"] == false.json)
        let csv = try bench.run("contract", "list", "--format", "csv").output
        #expect(csv.contains("stellar-alias contract-ids/vesting.json sha256:"))
        #expect(try bench.run("contract", "env").output.contains("TOKEN_CONTRACT_ID=\(nativeTest)"))
        let production = words.dropLast() + ["production"]
        let other = try bench.run(words: Array(production))
        #expect(other.errors.contains("stellar:testnet"))
        let unnamed = try bench.run(words: words + ["--name", "nope=X"])
        #expect(unnamed.code == 64)
        #expect(try bench.run("contract", "import", "nope", "contract-ids").code == 64)
    }

    @Test func aRegistryOfOthersIsLinted() throws {
        let bench = try Bench()
        try bench.write(
            "{\"a\": \"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD\"}",
            to: "a.json"
        )
        let run = try bench.run("contract", "lint", "a.json")
        #expect(run.code == 1)
        #expect(run.output.contains("a.json:1: error: registry-checksum: /a:"))
        try bench.write("{\"a\": \"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\"}", to: "a.json")
        #expect(try bench.run("contract", "lint", "a.json").code == 0)
        try bench.write("{", to: "a.json")
        #expect(try bench.run("contract", "lint", "a.json").code == 3)
    }
}
