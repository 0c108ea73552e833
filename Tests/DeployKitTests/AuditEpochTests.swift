// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitTesting
import Testing

@testable import DeployKit

/// The numbers of an entry that begins an epoch: whoever has the store can write it.
@Suite struct AuditEpochTests {
    private static let origin = "orders.0123456789abcdef"

    /// What such an entry says of the head that it closes, and of what is lost.
    struct Claim: Sendable, CustomTestStringConvertible {
        let size: Int
        let first: Int
        let count: Int
        var testDescription: String { "\(count) of \(size) lost from \(first) on" }
    }

    /// A log of six entries, and behind them the one that begins the second epoch.
    private static func log(_ claim: Claim, root: Digest? = nil) async throws -> AuditLog {
        let store = InMemoryAuditStore()
        let log = AuditLog(store: store, origin: origin)
        let moment = Timestamp(milliseconds: 1_767_225_600_000)
        for number in 1..<6 {
            try await log.append(
                [NewEntry(stream: "s", kind: "test", body: .members(["n": number.json]))],
                at: moment,
                entropy: entropy(number)
            )
        }
        var attachments = Attachments(entropy: entropy(100))
        let reason = attachments.attach(.text("the disk failed"))
        let closed = LogHead(origin: origin, size: claim.size, root: root ?? MerkleTree.emptyRoot)
        try await log.append(
            [
                NewEntry(
                    stream: AuditLog.epochs,
                    kind: AuditLog.epochKind,
                    body: .members([
                        "actor": Actor.person("tom@example.com").json, "closed": closed.json,
                        "lost": .members(["first": claim.first.json, "count": claim.count.json]),
                        "origin": "\(origin)/e2".json, "reason": reason.json,
                    ])
                )
            ],
            at: moment,
            entropy: entropy(101),
            blobs: attachments.blobs
        )
        return AuditLog(store: store, origin: "")
    }

    @Test(
        arguments: [
            Claim(size: 10, first: 0, count: 5), Claim(size: 10, first: 6, count: 3),
            Claim(size: 10, first: 7, count: 3), Claim(size: 10, first: 10, count: 0),
            Claim(size: 4, first: 6, count: 2), Claim(size: 4, first: 3, count: 2),
        ]
    )
    func numbersThatContradictThemselvesAreInvalid(_ claim: Claim) async throws {
        let log = try await Self.log(claim)
        let report = try await log.verify()
        #expect(report.verdict == .invalid)
        #expect(report.faults.first?.message.contains("contradicts itself") == true)
        await #expect(throws: AuditStoreError.self) { _ = try await log.epochs() }
        await #expect(throws: AuditStoreError.self) { _ = try await log.head() }
    }

    @Test(
        arguments: [
            Claim(size: 10, first: 6, count: 4), Claim(size: 10, first: 0, count: 10),
            Claim(size: 4, first: 3, count: 1),
        ]
    )
    func numbersThatFitAreNone(_ claim: Claim) async throws {
        let log = try await Self.log(claim)
        #expect(try await log.verify().faults == [])
        #expect(try await log.epochs().last?.lost == claim.first..<claim.size)
    }

    @Test func aLossOfNothingContinuesTheHeadThatWasClosed() async throws {
        let claim = Claim(size: 5, first: 5, count: 0)
        let forged = try await Self.log(claim).verify()
        #expect(forged.verdict == .invalid)
        #expect(forged.faults.first?.message.contains("nothing is lost") == true)
        let root = try await Self.log(claim).root(ofSize: 5)
        #expect(try await Self.log(claim, root: root).verify().faults == [])
    }
}
