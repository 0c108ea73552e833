// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

/// A service that drives deployments in its own process and asks the gate before it goes on.
@main
struct ReleaseService {
    static func main() async throws {
        // A path as the first argument keeps the log; without one it ends with the program.
        let path = CommandLine.arguments.dropFirst().first ?? ":memory:"
        // Away from the main actor, which every call would have to come back to.
        try await Task.detached { try await run(storeAt: path) }.value
    }

    @concurrent
    static func run(storeAt path: String) async throws {
        let store = try await SQLiteAuditStore(path: path)
        let deployments = Deployments(store: store)
        let bot = Actor.service("release-bot")
        let lena = Actor.person("lena")
        try await deployments.apply(people, by: bot)
        let checklist = try vestingChecklist()
        let (phases, items) = (checklist.phases.count, checklist.items.count)
        print("\(checklist.title): \(phases) phases, \(items) items")

        let staging = try await deployments.start(
            checklist,
            environment: Environment("staging", tier: .test, networks: [.stellarTestnet]),
            version: "1.4.0",
            by: bot
        )
        try await staging.complete("migrations-applied", by: bot)
        try await deployVesting(in: staging, by: bot)
        try await staging.complete("test-grant-claimed", by: lena, note: "grant 7, 100 XLM")
        try await staging.perform(
            .skip(try await staging.item("receipts-sent"), reason: "notifications are off"),
            by: lena
        )
        print("staging: \(try await staging.state().status.word)")

        let production = try await deployments.start(
            checklist,
            environment: Environment(
                "production",
                tier: .production,
                networks: [.stellarMainnet]
            ),
            version: "1.4.0",
            by: bot
        )
        try await show(production)
        try await production.sign("QA Engineer", .approved, by: lena, reason: "load test green")
        do {
            try await production.sign("Operations", .approved, by: lena)
        } catch {
            print("refused: \(error)")
        }
        for name in ["tom", "ines"] {
            try await production.sign("Operations", .approved, by: .person(ActorID(name)))
        }
        try await show(production)
        try await production.complete("treasury-balance-compared", by: .person("tom"))
        print("production: \(try await production.state().status.word)")

        // Another process would see the same: the state is rebuilt from the log alone.
        let state = try await Deployments(store: store).state(of: staging.id)
        for (slot, contract) in state.contracts {
            print("\(slot)=\(contract.id) on \(contract.id.network)")
        }
    }

    /// An attempt is recorded before its effect, so that a crash leaves no doubt about whether it
    /// was begun.
    static func deployVesting(in deployment: LiveDeployment, by actor: Actor) async throws {
        let item = try await deployment.item("deploy-vesting")
        try await deployment.perform(.begin(item, runner: nil), by: actor)
        // Here the service calls its network; this is the ID that it would answer.
        let answer = "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"
        let id = try ContractID(answer, on: .stellarTestnet)
        try await deployment.perform(
            .finish(item, attempt: 1, AttemptOutcome(.captured(id))),
            by: actor
        )
    }

    /// Asks the gate before production, and says what is missing.
    static func show(_ deployment: LiveDeployment) async throws {
        switch try await deployment.gate("Production").verdict {
        case .open:
            print("gate: open")
        case .closed(let reasons):
            print("gate: closed")
            for reason in reasons { print("  \(sentence(reason))") }
        case .inconclusive(let reasons):
            print("gate: cannot be told")
            for reason in reasons { print("  \(sentence(reason))") }
        }
    }

    static func sentence(_ reason: GateReason) -> String {
        switch reason {
        case .signOffMissing(let slot, let counted, let required, let eligible, _):
            "\(slot): \(counted) of \(required), eligible: "
                + eligible.map(\.text).joined(separator: ", ")
        case .itemsOpen(let items): "open: \(items.map(\.text).joined(separator: ", "))"
        case .notCompleted(let environment, _): "not completed in \(environment)"
        default: "\(reason)"
        }
    }
}
