// DeployKit
// SPDX-License-Identifier: Apache-2.0

// A gate answers with reasons: a service asks it before it goes on, as often as it likes.

import DeployKit

let checklist = try Checklist("Payments", edition: "1", service: "payments") {
    Phase("Preparation") {
        Item("Backup verified")
    }
    Phase(
        "Release",
        // Names are asserted until a service brings a verifier of signatures.
        gate: .all(.signOffs(.two(of: "Operations", assurance: .asserted)))
    ) {
        Item("Traffic shifted")
    }
}

func show(_ deployment: LiveDeployment) async throws {
    switch try await deployment.gate("Release").verdict {
    case .open: print("open")
    case .closed(let reasons): print("closed, \(reasons.count) reasons")
    case .inconclusive(let reasons): print("cannot be told, \(reasons.count) reasons")
    }
}

let bot = Actor.service("release-bot")
let deployments = Deployments(store: InMemoryAuditStore())
try await deployments.apply(
    Directory(people: [
        .init(id: "tom", roles: ["Operations"]), .init(id: "ines", roles: ["Operations"]),
    ]),
    by: bot
)
let deployment = try await deployments.start(
    checklist,
    environment: Environment("staging", tier: .test),
    version: "1.4.0",
    by: bot
)
try await show(deployment)
try await deployment.complete("backup-verified", by: bot)
try await deployment.sign("Operations", .approved, by: .person("tom"))
try await show(deployment)
try await deployment.sign("Operations", .approved, by: .person("ines"))
try await show(deployment)
