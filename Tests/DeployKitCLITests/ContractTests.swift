// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractTests {
    // Of the native asset on the test network and on the main network.
    private let testID = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
    private let mainID = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"

    private func bench(_ script: String = "true") throws -> Bench {
        let bench = try Bench()
        try bench.write(
            #"""
            {"v": 1, "title": "Vesting", "phases": [
              {"id": "deploy", "title": "Deploy", "sections": [{"id": "deploy", "items": [
                {"id": "deploy/vesting", "title": "Deploy", "effect": "irreversible",
                 "kind": {"is": "capture", "slot": "VESTING_CONTRACT_ID",
                          "command": {"script": "SCRIPT", "interpreter": "bash"}}},
                {"id": "deploy/look", "title": "Look"}]}]}],
             "contractSlots": [
               {"name": "VESTING_CONTRACT_ID", "title": "Vesting", "kind": "stellar.contract",
                "required": true}]}
            """#.split(separator: "SCRIPT", maxSplits: 1).joined(separator: script),
            to: "checklist.json"
        )
        try bench.write(
            #"""
            {"deploykit": 1, "environments": [
              {"name": "testnet", "tier": "test", "networks": ["stellar:testnet"]},
              {"name": "mainnet", "tier": "production", "networks": ["stellar:pubnet"]}]}
            """#,
            to: "deploykit.json"
        )
        let run = try bench.run(
            "start",
            "checklist.json",
            "--environment",
            "testnet",
            "--version",
            "1"
        )
        try #require(run.code == 0, "\(run.errors)")
        return bench
    }

    @Test func theIDThatACommandPrintedStandsInTheEnvironmentFile() throws {
        let bench = try bench("echo Deployed \(testID)")
        let missing = try bench.run("contract", "env")
        #expect(missing.code == 1)
        #expect(missing.errors.contains("no active contract ID for VESTING_CONTRACT_ID"))
        #expect(missing.output.isEmpty)

        #expect(try bench.run("run").code == 4)
        let line = "VESTING_CONTRACT_ID=\(testID)\n"
        #expect(try bench.run("contract", "env").output == line)
        #expect(try bench.run("contract", "env", "--environment", "testnet").output == line)
        let json = try bench.run("contract", "env", "--dialect", "json").output
        #expect(try JSONValue(parsing: json)["VESTING_CONTRACT_ID"] == testID.json)
        #expect(try bench.run("contract", "env", "--environment", "mainnet").code == 64)
        let dialect = try bench.run("contract", "env", "--dialect", "githib")
        #expect(dialect.code == 64)
        #expect(dialect.errors.contains("did you mean 'github'?"))
        #expect(try bench.run("contract", "list").output.contains("stellar:testnet"))
    }

    @Test func anOutputWithoutAnIDLeavesADoubtThatNeedsTheID() throws {
        let bench = try bench("echo nothing")
        #expect(try bench.run("run").code == 2)
        let resolve = ["resolve", "1.1", "--happened", "--reason", "seen in the explorer"]
        #expect(try bench.run(words: resolve).code == 2, "the ID is missing")
        #expect(try bench.run("contract", "record", "VESTING_CONTRACT_ID", testID).code == 0)
        #expect(try bench.run(words: resolve).code == 0)
    }

    @Test func anIDIsCheckedBeforeItIsRecorded() throws {
        let bench = try bench()
        func record(_ words: String...) throws -> CommandRun {
            try bench.run(words: ["contract", "record", "VESTING_CONTRACT_ID"] + words)
        }
        let typo = String(testID.dropLast()) + "D"
        #expect(try record(typo).code == 1)
        #expect(try record(mainID, "--network", "moon").code == 64)
        #expect(try record(mainID, "--network", "stellar:pubnet").code == 1)
        #expect(try record(testID).code == 0)
        #expect(try record(testID, "--json").json()["hasChanged"] == false.json)
        #expect(try bench.run("contract", "record", "OTHER", testID).code == 64)
    }
}
