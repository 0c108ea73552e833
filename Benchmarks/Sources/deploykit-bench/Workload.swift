// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite

/// What the stores that are measured hold.
enum Workload {
    static let operatorName = Actor.person("lena")

    /// A checklist of `items` manual items in one phase, and one field to fill in.
    static func checklist(items: Int) throws -> Checklist {
        try Checklist("Release", edition: "1", service: "payments") {
            Phase("Release") {
                for number in 1...items { Item("Step \(number) of the release is done") }
            }
        }
    }

    /// Deployments of `items` items each, in an environment of its own each.
    static func start(
        _ count: Int,
        items: Int,
        to environment: String = "test",
        in deployments: Deployments
    ) async throws -> [LiveDeployment] {
        let checklist = try checklist(items: items)
        var started: [LiveDeployment] = []
        for number in 0..<count {
            started.append(
                try await deployments.start(
                    checklist,
                    environment: Environment(
                        Environment.ID("\(environment)-\(number)"),
                        tier: .test
                    ),
                    version: "1.0.0",
                    by: operatorName
                )
            )
        }
        return started
    }

    /// Events of about the size of a completed item's.
    static func filler(_ count: Int, from first: Int) -> [NewEntry] {
        (first..<first + count).map { number in
            NewEntry(
                stream: StreamID("filler/d-\(number / 100)"),
                kind: "item-passed",
                body: .members([
                    "actor": .members([
                        "assurance": .string("asserted"), "id": .string("lena"),
                    ]),
                    "attempt": .integer(1),
                    "item": .string("release/step-\(number % 100)-of-the-release-is-done"),
                    "kind": .string("item-passed"),
                ])
            )
        }
    }

    /// Appends filler until `log` holds `size` entries: `batch` entries an append.
    static func fill(_ log: AuditLog, to size: Int, batch: Int) async throws {
        var held = try await log.store.count()
        let first = held
        let entropy = SystemEntropy()
        let clock = SystemClock()
        while held < size {
            let count = min(batch, size - held)
            let receipt = try await log.append(
                filler(count, from: held - first + 1_000_000),
                at: clock.now(),
                entropy: entropy.next()
            )
            held = receipt.head.size
        }
    }
}
