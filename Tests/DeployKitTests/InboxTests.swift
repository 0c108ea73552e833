// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

@Suite struct InboxTests {
    private static let people = Directory(people: [
        .init(id: "lena", aliases: ["lena@example.com"], roles: ["QA Engineer"]),
        .init(id: "tom", roles: ["Operations"]),
        .init(id: "ada", roles: ["QA Engineer", "Operations"]),
    ])

    private func started(
        in environment: Environment.ID = "staging"
    ) async throws -> LiveDeployment {
        let checklist = try Checklist(
            "Orders",
            signOffs: [.one(of: "Operations", assurance: .asserted)]
        ) {
            Phase("Check") {
                Item("Look", id: "look")
                Item("Count", .command("true"), id: "count", effect: Effect.none)
            }
            Phase("Deploy", gate: .signOffs(.one(of: "QA Engineer", assurance: .asserted))) {
                Item("Deploy", id: "deploy")
            }
        }
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        try await deployments.apply(Self.people, by: .person("tom"))
        return try await deployments.start(
            checklist,
            environment: environment == "staging"
                ? Environment("staging", tier: .test) : .undeclared(environment),
            version: "1",
            by: .person("tom")
        )
    }

    private func inbox(_ live: LiveDeployment, _ person: ActorID) async throws -> Inbox {
        let state = try await live.state()
        return state.inbox(of: person, given: try await live.deployments.facts(for: state))
    }

    @Test func itemsThatAreReadyAreSplitByWhoDoesThem() async throws {
        let inbox = try await inbox(started(), "tom")
        #expect(inbox.items == ["look"])
        #expect(inbox.automatic == ["count"])
        #expect(inbox.failed.isEmpty && inbox.inDoubt.isEmpty)
    }

    @Test func aFailureIsForEverybody() async throws {
        let live = try await started()
        try await live.perform(.fail("look", reason: "dark"), by: .person("tom"))
        #expect(try await inbox(live, "ada").failed == ["look"])
    }

    @Test func whatSigningRefusesIsAnObstacleAndNothingElseIs() async throws {
        let live = try await started(in: "production")
        try await live.complete("look", by: .person("lena"))
        for person in ["lena", "lena@example.com", "tom", "ada", "nobody"] as [ActorID] {
            for signature in try await inbox(live, person).signatures {
                // A store of its own for each question, since a sign-off changes the answers.
                let copy = try await started(in: "production")
                try await copy.complete("look", by: .person("lena"))
                var isRefused = false
                do {
                    try await copy.sign(signature.slot.text, .approved, by: .person(person))
                } catch {
                    #expect(error.refusal?.code == .notEligible)
                    isRefused = true
                }
                #expect(
                    isRefused == (signature.obstacle != nil),
                    "\(person) at \(signature.slot): \(String(describing: signature.obstacle))"
                )
            }
        }
    }

    @Test func theObstacleSaysWhy() async throws {
        let live = try await started(in: "production")
        try await live.complete("look", by: .person("lena"))
        func obstacles(_ person: ActorID) async throws -> [Inbox.Obstacle?] {
            try await inbox(live, person).signatures.map(\.obstacle)
        }
        #expect(try await obstacles("lena") == [.isExecutor, .holdsNoRole])
        #expect(try await obstacles("tom") == [.holdsNoRole, .isRequester])
        #expect(try await obstacles("ada") == [nil, nil])
    }

    @Test func theNextGateIsTheFirstThatIsNotOpen() async throws {
        let live = try await started()
        let state = try await live.state()
        let next = state.nextGate(given: try await live.deployments.facts(for: state))
        #expect(next?.id == .phase("deploy"))
    }

    @Test func unendedDeploymentsAreFoundWithoutThoseThatEnded() async throws {
        let first = try await started()
        let deployments = first.deployments
        #expect(try await deployments.unended().map(\.deployment) == [first.id])
        #expect(try await deployments.unended(of: "orders").count == 1)
        #expect(try await deployments.unended(of: "other").isEmpty)
        let checklist = try await first.state().checklist
        let second = try await deployments.start(
            checklist,
            environment: "production/eu",
            version: "1",
            by: .person("tom")
        )
        #expect(try await deployments.unended().map(\.deployment) == [second.id, first.id])
        try await first.perform(.abort(reason: "enough"), by: .person("tom"))
        #expect(try await deployments.unended().map(\.deployment) == [second.id])
    }
}
