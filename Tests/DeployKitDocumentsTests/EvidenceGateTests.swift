// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

/// What an auditor who has a bundle alone finds out about gates, and about the names of the log.
@Suite struct EvidenceGateTests {
    private static let lena = Actor.person("lena@example.com")

    /// A log with a deployment that stands before its gate, and its only phase behind that.
    private func started() async throws -> LiveDeployment {
        let deployments = Deployments(
            store: InMemoryAuditStore(),
            origin: "gates.0123456789abcdef",
            clock: FixedClock()
        )
        return try await deployments.start(
            Checklist("Gates") {
                Phase("One", gate: .signOffs(.one(of: "QA", assurance: .asserted))) {
                    Item("Do it", id: "item")
                }
            },
            environment: Environment("staging", tier: .test),
            version: "1",
            by: .person("rita@example.com")
        )
    }

    private func check(
        _ log: AuditLog,
        _ query: EvidenceQuery = EvidenceQuery()
    ) async throws -> EvidenceCheck {
        var folder = MemoryFolder()
        let bundle = EvidenceBundle(
            of: log,
            generatedAt: EvidenceBundleTests.generatedAt,
            version: "test",
            query: query
        )
        _ = try await bundle.write(to: &folder)
        return EvidenceCheck(reading: folder, version: "test")
    }

    private func forge(
        _ event: DeploymentEvent,
        in live: LiveDeployment
    ) async throws {
        try await live.deployments.log.append(
            [
                NewEntry(
                    stream: .deployment(live.id),
                    kind: event.kind,
                    body: event.json.adding(["actor": Self.lena.json])
                )
            ],
            at: EvidenceBundleTests.generatedAt,
            entropy: SystemEntropy().next()
        )
    }

    @Test func aGateThatWasOpenIsNoFault() async throws {
        let live = try await started()
        try await live.sign("qa", .approved, by: Self.lena)
        try await live.complete("item", by: .person("rita@example.com"))
        let check = try await check(live.deployments.log)
        #expect(check.faults == [] && check.unchecked == [])
        #expect(try await live.state().status == .completed)
    }

    @Test func aGateThatWasConsumedAndNotOpenIsAFault() async throws {
        let live = try await started()
        try await forge(.gateConsumed(.phase("one"), round: 1), in: live)
        let faults = try await check(live.deployments.log).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains("is consumed and was not open") == true, "\(faults)")
    }

    @Test func anEpochThatContradictsItselfIsAFault() async throws {
        let live = try await started()
        let log = live.deployments.log
        let head = try await log.head()
        var random = SplitMix64(seed: 3)
        let entropy = Entropy(using: &random)
        let salt = entropy.salt(0)
        let text = Array("the disk failed".utf8)
        let digest = SHA256.digest(of: salt + text)
        try await log.append(
            [
                NewEntry(
                    stream: AuditLog.epochs,
                    kind: AuditLog.epochKind,
                    body: .members([
                        "actor": Self.lena.json,
                        "closed": LogHead(origin: head.origin, size: 90, root: head.root).json,
                        "lost": .members(["first": 2.json, "count": 3.json]),
                        "origin": "\(head.origin)/e2".json,
                        "reason": AttachmentReference(
                            digest: digest,
                            byteCount: text.count,
                            mediaType: "text/plain"
                        ).json,
                    ])
                )
            ],
            at: EvidenceBundleTests.generatedAt,
            entropy: entropy,
            blobs: [Blob(digest: digest, salt: salt, bytes: text)]
        )
        // The bundle can be written from the log as it was known before the entry.
        let faults = try await check(log).faults
        #expect(faults.contains { $0.contains("contradicts itself") }, "\(faults)")
    }
}
