// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What the service follows: the same checklist in staging and, once that is completed, in
/// production.
func vestingChecklist() throws(ChecklistError) -> Checklist {
    try Checklist("Token vesting", edition: "1.4", service: "vesting") {
        Phase("Staging", environment: "staging") {
            Item("Migrations applied")
            Item(
                "Deploy vesting",
                .capture(
                    "VESTING_CONTRACT_ID",
                    from: .command("./deploy", "vesting"),
                    on: .stellarTestnet
                ),
                effect: .irreversible
            )
            Item("Test grant claimed")
            Item("Receipts sent", requirement: .conditional("if notifications are enabled"))
        }
        Phase(
            "Production",
            environment: "production",
            gate: .all(
                .signOffs(
                    // Names are asserted until a service brings a verifier of signatures.
                    .one(of: "QA Engineer", assurance: .asserted),
                    .two(of: "Operations", assurance: .asserted)
                ),
                .completed("staging", within: .days(7))
            )
        ) {
            Item("Treasury balance compared")
        }
    }
}

/// The people who may sign.
let people = Directory(people: [
    .init(id: "release-bot"),
    .init(id: "lena", roles: ["QA Engineer"]),
    .init(id: "tom", roles: ["Operations"]),
    .init(id: "ines", roles: ["Operations"]),
])
