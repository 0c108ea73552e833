// DeployKit
// SPDX-License-Identifier: Apache-2.0

// A checklist in Swift, a deployment of it, and what the log says about it afterwards.

import DeployKit

let checklist = try Checklist("Payments", edition: "1", service: "payments") {
    Phase("Preparation") {
        Item("Backup verified")
    }
    Phase("Release") {
        Item("Schema migrated", effect: .irreversible)
        Item("Traffic shifted")
    }
}

let deployments = Deployments(store: InMemoryAuditStore())
let deployment = try await deployments.start(
    checklist,
    environment: Environment("staging", tier: .test),
    version: "1.4.0",
    by: .service("release-bot")
)
try await deployment.complete("backup-verified", by: .person("lena"), note: "restored on db-2")
do {
    try await deployment.complete("schema-migration", by: .person("lena"))
} catch {
    print("refused: \(error)")
}
try await deployment.complete("schema-migrated", by: .person("lena"))
try await deployment.complete("traffic-shifted", by: .person("tom"))
print("deployment: \(try await deployment.state().status.word)")

let report = try await deployments.log.verify()
print("log: \(report.head.size) entries, \(report.verdict.rawValue)")
