// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// What somebody does to a log of 100 entries who owns the store: the rows of the table in
/// SECURITY.md, by their first cell.
///
/// Whatever the attack, the tree is made again over what is left, so that the log fits itself.
enum Attack: String, CaseIterable, Sendable {
    case editBelowTheFirstHead = "edit entry 40"
    case delete = "delete entry 40"
    case insert = "insert an entry at 40"
    case swap = "swap entries 40 and 41"
    case cutBelowTheFirstHead = "cut to 50 entries"
    case editBelowTheReceipt = "edit entry 80"
    case cutBelowTheReceipt = "cut to 70 entries"
    case fork = "fork at 60 and go on"
    case restore = "restore the backup of 65 entries"
    case recover = "recover from the backup of 65 entries, as if the rest were lost"
    case acceptRecovery = "(no attack) the same, and the machine with the note accepts it"
    case goBackBehindRecovery = "go back to before a recovery that the machine accepted"
    case editBelowTheNote = "edit entry 90"
    case cutBelowTheNote = "cut to 90 entries"
    case editAboveAllHeads = "edit entry 97"
    case replaceUnderTheName = "write another log under the same name"
    case replace = "write another log under another name"
    case deleteEverything = "delete everything"
    case alterSummary = "alter the summary of a stream"
    case alterAttachment = "alter an attachment"
    case removeAttachment = "remove an attachment, not on record"
    case editUnderTheTree = "edit entry 40 and leave the tree as it was"
    case editUnderItsLeaf = "edit entry 40 and its leaf, and leave the nodes above as they were"
    case consumeGate = "use a gate that entries opened which are gone again"
    case addBlob = "put a blob there that no entry names"
    case eraseAttachment = "(no attack) an erasure, on record"
}

/// An event of a log, with the number that its salt and key follow from: where a forger leaves an
/// event alone, it stays the same bytes.
struct ForgedEvent: Sendable {
    static let attachment: (blob: Blob, reference: AttachmentReference) = {
        var attachments = Attachments(entropy: entropy(30))
        let reference = attachments.attach(.text("load test green"))
        return (attachments.blobs[0], reference)
    }()

    var number: Int
    var content: Int

    init(_ number: Int, content: Int? = nil) {
        self.number = number
        self.content = content ?? number
    }

    var entry: NewEntry {
        NewEntry(
            stream: number % 3 == 0 ? "deployment/a" : "deployment/b",
            kind: number == 84 ? "signed-off" : "test",
            body: .members([
                "n": content.json, "note": number == 30 ? Self.attachment.reference.json : nil,
            ])
        )
    }

    static func log(
        of events: [ForgedEvent],
        origin: String
    ) async throws -> InMemoryAuditStore {
        let store = InMemoryAuditStore()
        let log = AuditLog(store: store, origin: origin)
        for event in events {
            try await log.append(
                [event.entry],
                at: Timestamp(milliseconds: 1_767_225_600_000 + Int64(event.number)),
                entropy: entropy(event.number),
                blobs: event.number == 30 ? [attachment.blob] : []
            )
        }
        return store
    }
}

extension Attack {
    /// The events 1 to 99, behind the entry with which every log begins.
    static let history = (1..<100).map { ForgedEvent($0) }

    /// Whether nobody is to be deceived by it.
    var isHonest: Bool { self == .eraseAttachment || self == .acceptRecovery }

    /// The store after the attack.
    func store() async throws -> any AuditStore {
        var events = Self.history
        switch self {
        case .editBelowTheFirstHead: events[39].content = -1
        case .delete: events.remove(at: 39)
        case .insert: events.insert(ForgedEvent(1040), at: 39)
        case .swap: events.swapAt(39, 40)
        case .cutBelowTheFirstHead: events.removeLast(50)
        case .editBelowTheReceipt: events[79].content = -1
        case .cutBelowTheReceipt: events.removeLast(30)
        case .fork: events = events.prefix(59) + (1060..<1100).map { ForgedEvent($0) }
        case .restore, .recover, .acceptRecovery: events.removeLast(35)
        case .goBackBehindRecovery:
            events = events.prefix(64) + (1065..<1100).map { ForgedEvent($0) }
        case .editBelowTheNote: events[89].content = -1
        case .cutBelowTheNote: events.removeLast(10)
        case .editAboveAllHeads: events[96].content = -1
        case .replaceUnderTheName: events = (2001..<2100).map { ForgedEvent($0) }
        case .replace:
            return try await ForgedEvent.log(
                of: (2001..<2100).map { ForgedEvent($0) },
                origin: "orders.fedcba9876543210"
            )
        case .deleteEverything: return InMemoryAuditStore()
        case .alterSummary, .alterAttachment, .removeAttachment, .addBlob, .eraseAttachment,
            .editUnderTheTree, .editUnderItsLeaf:
            break
        case .consumeGate: return try await Self.gateConsumed()
        }
        let base = try await ForgedEvent.log(of: events, origin: Self.origin)
        switch self {
        case .alterSummary:
            return EditedStore(
                base: base,
                summaryEdit: { summary in
                    StreamSummary(
                        stream: summary.stream,
                        count: summary.count - 1,
                        firstPosition: summary.firstPosition,
                        lastPosition: summary.lastPosition
                    )
                }
            )
        case .alterAttachment:
            return EditedStore(
                base: base,
                blobEdit: { Blob(digest: $0.digest, salt: $0.salt, bytes: $0.bytes.reversed()) }
            )
        case .editUnderTheTree, .editUnderItsLeaf:
            events[39].content = -1
            let other = try await ForgedEvent.log(of: events, origin: Self.origin)
            let forged = await other.records(in: 40..<41)[0]
            let leaf = MerkleTree.nodeIndex(level: 0, number: 40)
            let isLeafLeft = self == .editUnderTheTree
            return EditedStore(
                base: base,
                edit: { $0.position == 40 ? forged : $0 },
                nodeEdit: { index, hash in
                    index == leaf && !isLeafLeft ? MerkleTree.leafHash(forged.header) : hash
                }
            )
        case .removeAttachment: return EditedStore(base: base, blobEdit: { _ in nil })
        case .addBlob:
            let blob = Blob(digest: SHA256.digest(of: [7]), salt: [], bytes: [7])
            return EditedStore(base: base, strangeBlobs: [blob])
        case .recover, .acceptRecovery:
            try await Self.recover(base)
            return base
        case .eraseAttachment:
            let digest = ForgedEvent.attachment.reference.digest
            let deployments = Deployments(
                store: base,
                origin: Self.origin,
                clock: SystemClock(),
                entropy: SeededEntropy(seed: 7)
            )
            _ = try await deployments.erase(
                [digest],
                legalBasis: "GDPR Art. 17",
                by: .person("tom@example.com")
            )
            return base
        default: return base
        }
    }

    /// The log, and behind it a deployment whose gate was consumed without its approval.
    private static func gateConsumed() async throws -> InMemoryAuditStore {
        let store = try await ForgedEvent.log(of: history, origin: origin)
        let deployments = Deployments(
            store: store,
            origin: origin,
            clock: SystemClock(),
            entropy: SeededEntropy(seed: 8)
        )
        let live = try await deployments.start(
            .vesting(gate: .signOffs(.one(of: "QA", assurance: .asserted))),
            environment: Trial.staging(),
            version: "1.4.2",
            by: .person("tom@example.com")
        )
        for command: DeploymentCommand in [
            .waive("prepare/build", reason: "built"),
            .complete("prepare/review", note: nil, evidence: []),
            .skip("prepare/texts-for-sms", reason: "off"),
        ] {
            try await live.perform(command, by: .person("tom@example.com"))
        }
        let event = DeploymentEvent.gateConsumed(.phase("deploy"), round: 1)
        try await deployments.log.append(
            [
                NewEntry(
                    stream: .deployment(live.id),
                    kind: event.kind,
                    body: event.json.adding(["actor": Actor.person("tom@example.com").json])
                )
            ],
            at: SystemClock().now(),
            entropy: entropy(3000)
        )
        return store
    }

    /// Goes on with the backup of 65 entries under the next name, up to 100 entries.
    static func recover(_ store: InMemoryAuditStore) async throws {
        let deployments = Deployments(
            store: store,
            origin: origin,
            clock: SystemClock(),
            entropy: SeededEntropy(seed: 65)
        )
        // What is said to be lost is whatever the owner likes.
        let head = LogHead(origin: origin, size: 66, root: MerkleTree.emptyRoot)
        _ = try await deployments.recover(
            from: [head],
            reason: "the disk failed",
            by: .person("tom@example.com")
        )
        for number in 1066..<1100 {
            try await deployments.log.append(
                [ForgedEvent(number).entry],
                at: SystemClock().now(),
                entropy: entropy(number)
            )
        }
    }

    static let origin = "orders.0123456789abcdef"
}
