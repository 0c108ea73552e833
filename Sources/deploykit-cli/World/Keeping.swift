// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// What is kept outside the store: the key of the log, and the last head that was seen.
struct Keeping: Sendable {
    /// The notes of this user, where there is a place for them.
    let notes: HighWaterNotes?
    private let environment: [String: String]

    init(_ call: Call) {
        environment = call.environment
        notes = HighWaterNotes(environment: call.environment)
    }

    /// The key that somebody named; a head that it should sign is not given out without it.
    var namedKeyPath: String? {
        environment["DEPLOYKIT_LOG_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where the key of a log is: `DEPLOYKIT_LOG_KEY`, else in `deploykit/keys` in
    /// `XDG_CONFIG_HOME` or `~/.config`, a file for each log.
    func keyPath(of origin: String) -> String? {
        if let namedKeyPath { return namedKeyPath }
        let folder: String
        if let path = environment["XDG_CONFIG_HOME"], path.utf8.starts(with: "/".utf8) {
            folder = path
        } else if let home = environment["HOME"], home.utf8.starts(with: "/".utf8) {
            folder = "\(home)/.config"
        } else {
            return nil
        }
        return "\(folder)/deploykit/keys/\(KeptFile.name(for: origin)).pem"
    }
}

extension Keeping {
    /// What this machine kept of a log, under whatever name it had: notes, and receipts.
    func anchors(of origin: String) throws(KeepingError) -> [Anchor] {
        try notes?.anchors(of: origin) ?? []
    }

    /// The heads of ``anchors(of:)``.
    func heads(of origin: String) throws(KeepingError) -> [LogHead] {
        try anchors(of: origin).map(\.head)
    }
}

extension Workspace {
    var keeping: Keeping { Keeping(call) }

    /// Refuses a log that lost what this machine has seen of it.
    func checkNote() async throws {
        if let divergence = try await keeping.notes?.divergence(of: deployments.log) {
            throw Diverged(divergence)
        }
    }

    /// Says so when the log lost what this machine has seen of it; what is shown is shown.
    func warnOfLoss() async {
        do {
            guard let divergence = try await keeping.notes?.divergence(of: deployments.log) else {
                return
            }
            call.console.note("what is shown is not to be relied on: \(divergence.message.visible)")
        } catch {
            call.console.note(
                "whether the log is the one that this machine has seen is not known: "
                    + error.message.visible
            )
        }
    }

    /// The signer of the log, where its key is on this machine.
    func signer() async throws -> OpenSSLSigner? {
        let log = deployments.log
        guard let first = try await log.epochs().first?.origin,
            let path = keeping.keyPath(of: first)
        else { return nil }
        guard StoreLocation.exists(path) else {
            guard path != keeping.namedKeyPath else {
                throw InputError(.invalid, "DEPLOYKIT_LOG_KEY names '\(path)', which is not there")
            }
            return nil
        }
        return try await OpenSSLSigner(keyPath: path, name: try await log.head().origin)
    }

    /// The head of the log, signed where there is a key, and kept before anybody sees it.
    func issueHead() async throws -> Checkpoint {
        try await checkNote()
        return try await issue(try await deployments.log.head())
    }

    /// A head of the log, signed where there is a key, and kept before anybody sees it.
    func issue(_ head: LogHead) async throws -> Checkpoint {
        let log = deployments.log
        var checkpoint = try Checkpoint(head)
        // A log gets its name with its first entry.
        guard head.size > 0 else { return checkpoint }
        try await checkNews(upTo: head)
        if let signer = try await signer() {
            checkpoint = try await checkpoint.signed(by: signer)
        }
        guard let notes = keeping.notes else {
            call.console.note(
                "the head is not kept on this machine: neither XDG_STATE_HOME nor HOME is set"
            )
            return checkpoint
        }
        try await notes.keep(checkpoint, of: log)
        return checkpoint
    }

    /// Refuses a head over entries that are not those which the tree commits to: the last thousand,
    /// and those before that this machine has kept no head of, ten thousand at the most.
    private func checkNews(upTo head: LogHead) async throws {
        let seen = try keeping.notes?.checkpoint(of: head.origin)?.head.size ?? 0
        let first = max(0, head.size - 10_000, min(seen, head.size - 1000))
        for start in stride(from: first, to: head.size, by: 1000) {
            _ = try await deployments.log.entries(in: start..<min(start + 1000, head.size))
        }
    }

    /// Writes the receipt of the last sign-off of `actor`, and says where.
    ///
    /// The sign-off itself is recorded by then: what goes wrong here is said and ends nothing.
    func issueReceipt(of deployment: DeploymentID, to actor: Actor) async {
        let stream = StreamID.deployment(deployment)
        let log = deployments.log
        do {
            guard let notes = keeping.notes, let summary = try await log.store.summary(of: stream)
            else { return }
            let entries = try await log.entries(of: stream, from: max(0, summary.count - 50))
            let kinds: Set = ["signed-off", "sign-off-skipped", "sign-off-withdrawn"]
            guard
                let entry = entries.last(where: {
                    kinds.contains($0.kind) && $0.body["actor"]?["id"]?.string == actor.id.text
                })
            else { return }
            let checkpoint = try await issueHead()
            let receipt = InclusionProofFile(
                position: entry.position,
                proof: try await log.inclusionProof(
                    of: entry.position,
                    in: checkpoint.head.size
                ),
                checkpoint: checkpoint
            )
            let path = try notes.keep(receipt)
            let kind = checkpoint.signatures.isEmpty ? "receipt, unsigned" : "receipt"
            call.console.note("\(kind): \(path.visible)")
        } catch {
            call.console.note(
                "recorded, but there is no receipt: \(Failure(error).message.visible)"
            )
        }
    }
}
