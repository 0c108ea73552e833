// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Testing

/// Captures from elsewhere than plain output, with commands that really run.
@Suite struct CaptureRunTests {
    private let id = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
    private let bot = Actor.person("bot@example.com")

    private func outcome(
        _ source: String,
        _ script: String,
        derivation: ContractID.Derivation? = nil,
        leaving old: String? = nil
    ) async throws -> (state: Deployment, note: String?) {
        let folder = TemporaryDirectory()
        if let old { _ = folder.write(old, to: "out.json") }
        let capture = ContractCapture(
            from: try #require(ContractCapture.source(source)),
            derivation: derivation
        )
        let checklist = try Checklist("c") {
            DeployKit.Phase("One") {
                Item(
                    "Deploy",
                    .capture("VESTING_CONTRACT_ID", from: .shell(script), taking: capture),
                    effect: .irreversible
                )
            }
        }
        let live = try await Deployments(store: InMemoryAuditStore()).start(
            checklist,
            environment: Environment("staging", tier: .test, networks: [.stellarTestnet]),
            version: "1",
            by: bot
        )
        let runner = DeploymentRunner(
            DeploymentRunner.Settings(
                root: folder.path,
                lock: "\(folder.path)/run.lock",
                environment: plainEnvironment
            )
        )
        let state = try await runner.run(live, by: bot) { _ in }.state
        let note = state.items["one/deploy"]?.note
        var text: String?
        if let note { text = try await live.deployments.text(of: note) }
        return (state, text)
    }

    @Test func takesTheIDFromJSONAndFromAFile() async throws {
        let json = "{\"deployed\": {\"id\": \"\(id)\"}}"
        let places = [
            ("stdout#/deployed/id", "echo '\(json)'"),
            ("out.json#/deployed/id", "echo '\(json)' > out.json"),
            ("out.txt", "echo 'id: \(id)' > out.txt; echo error >&2"),
        ]
        for (source, script) in places {
            let (state, note) = try await outcome(source, script)
            #expect(state.contracts["VESTING_CONTRACT_ID"]?.id.text == id, "\(note ?? "")")
        }
    }

    @Test func aFileFromBeforeIsNotWhatTheCommandWrote() async throws {
        let json = "{\"id\": \"\(id)\"}"
        let (state, note) = try await outcome("out.json#/id", "true", leaving: json)
        #expect(state.items["one/deploy"]?.state == .inDoubt(1))
        #expect(note?.contains("from before") == true)
        let again = try await outcome(
            "out.json#/id",
            "printf '%s' '\(json)' > out.json",
            leaving: json
        )
        #expect(again.state.contracts["VESTING_CONTRACT_ID"]?.id.text == id)
        let none = try await outcome("out.json", "true")
        #expect(none.note?.contains("wrote no file") == true)
    }

    @Test func anExpectedIDIsComparedWithTheOneThatCame() async throws {
        let deployer = try StrKey("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")
        let derivation = ContractID.Derivation.address(
            deployer,
            salt: [UInt8](repeating: 0, count: 32)
        )
        let right = try await outcome("stdout", "echo \(id)", derivation: derivation)
        #expect(right.state.contracts["VESTING_CONTRACT_ID"]?.id.text == id)
        let main = "CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5"
        let wrong = try await outcome("stdout", "echo \(main)", derivation: derivation)
        #expect(wrong.state.items["one/deploy"]?.state == .inDoubt(1))
        #expect(wrong.note?.contains("stellar:pubnet") == true)
        #expect(wrong.state.contracts["VESTING_CONTRACT_ID"] == nil)
    }

    @Test func c15AFailedCommandGivesNoIDWhateverItPrinted() async throws {
        let (state, _) = try await outcome("stdout", "echo \(id); exit 3")
        #expect(state.contracts.isEmpty)
        #expect(state.items["one/deploy"]?.state == .inDoubt(1))
        let merged = try await outcome("stdout", "echo \(id) >&2")
        #expect(merged.state.contracts.isEmpty)
    }
}
