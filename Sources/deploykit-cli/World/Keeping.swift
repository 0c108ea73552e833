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
    /// What this machine knows of a log: its note, and the receipts that it keeps.
    func heads(of origin: String) throws(KeepingError) -> [LogHead] {
        guard let notes else { return [] }
        return try [notes.checkpoint(of: origin)?.head].compactMap { $0 }
            + notes.receipts(of: origin).map(\.receipt.checkpoint.head)
    }
}

extension Workspace {
    var keeping: Keeping { Keeping(call) }

    /// Refuses a log that lost what this machine has seen of it.
    func checkNote() async throws {
        do {
            try await keeping.notes?.check(deployments.log)
        } catch {
            guard error.code == .diverged else { throw error }
            throw Diverged(
                message: error.message,
                hints: [
                    "'deploykit audit verify' tells more; 'deploykit audit recover' goes on with "
                        + "it under another name"
                ]
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
        let log = deployments.log
        try await checkNote()
        var checkpoint = try Checkpoint(try await log.head())
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

/// A log that is not the one whose head was kept.
struct Diverged: Error, Hashable, Sendable {
    let message: String
    let hints: [String]
}

/// A head that was kept elsewhere, in a file that somebody names.
struct KeptHead: Sendable {
    /// What kind of file it is in.
    enum Kind: String, Sendable {
        case checkpoint
        case receipt
    }

    let path: String
    let kind: Kind
    let head: LogHead
    let isSigned: Bool

    /// Reads a checkpoint, a receipt (`.tlog-proof`) or a consistency proof.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - key: The key that must have signed, where one is named.
    ///   - ownKey: The key of the log on this machine, which may have signed.
    /// - Throws: `InputError` for a file of another form, and for one whose signature is bad or,
    ///   where a key is named, missing.
    init(_ path: String, key: NoteKey?, ownKey: NoteKey?) async throws {
        let bytes = try InputFile.bytes(path, limit: 1 << 17)
        let checkpoint: Checkpoint
        do throws(CheckpointError) {
            if bytes.starts(with: "c2sp.org/tlog-proof@".utf8) {
                checkpoint = try InclusionProofFile(bytes).checkpoint
                kind = .receipt
            } else if bytes.starts(with: "old ".utf8) {
                checkpoint = try ConsistencyProofFile(bytes).checkpoint
                kind = .checkpoint
            } else {
                checkpoint = try Checkpoint(note: bytes)
                kind = .checkpoint
            }
        } catch {
            throw InputError(.invalid, "'\(path)' holds no head of a log: \(error.message)")
        }
        let keys = [key, ownKey].compactMap { $0 }
        guard let signers = try await checkpoint.signers(among: keys, verifier: OpenSSLVerifier())
        else {
            throw InputError(.invalid, "'\(path)' has a signature that its key did not make")
        }
        if let key, !signers.contains(key) {
            throw InputError(.invalid, "'\(path)' is not signed by the key '\(key)'")
        }
        guard checkpoint.head.size > 0 else {
            throw InputError(.invalid, "'\(path)' is of a log without entries, and proves nothing")
        }
        self.path = path
        head = checkpoint.head
        isSigned = !signers.isEmpty
    }

    /// The heads in the files that `--against` names.
    static func all(_ workspace: Workspace) async throws -> [KeptHead] {
        let paths = workspace.call.arguments.all("against")
        guard !paths.isEmpty else { return [] }
        let named: NoteKey?
        do {
            named = try workspace.call.arguments["log-key"].map { text throws(CheckpointError) in
                try NoteKey(text)
            }
        } catch {
            throw UsageError("--log-key: \(error.message)")
        }
        let own = named == nil ? try await workspace.signer()?.key : nil
        var heads: [KeptHead] = []
        for path in paths { heads.append(try await KeptHead(path, key: named, ownKey: own)) }
        return heads
    }
}

extension Option {
    static let against = Option(
        "against",
        "FILE",
        isRepeated: true,
        "a head that was kept elsewhere: a checkpoint or a receipt"
    )
    static let logKey = Option("log-key", "KEY", "the public key that must have signed it")
}
