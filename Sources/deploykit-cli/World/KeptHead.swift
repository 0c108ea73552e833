// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// Heads that were kept elsewhere, in files that somebody names.
enum KeptHead {
    /// The heads in the files that `--against` names.
    ///
    /// - Throws: `InputError` for a file that cannot be read, and ``KeepingError`` for one that is
    ///   no head of a log, or not signed as it must be.
    static func all(_ workspace: Workspace) async throws -> [Anchor] {
        let paths = workspace.call.arguments.all("against")
        guard !paths.isEmpty else {
            guard workspace.call.arguments["log-key"] == nil else {
                throw UsageError(
                    "--log-key says who must have signed a head that --against names, and there is "
                        + "none"
                )
            }
            return []
        }
        let named = try key(workspace.call)
        let own = try await named == nil ? workspace.signer()?.key : nil
        var anchors: [Anchor] = []
        for path in paths {
            let bytes = try InputFile.bytes(path, limit: 1 << 17, isRegular: true)
            anchors.append(
                try await Anchor(named: path, bytes: bytes, key: named, ownKey: own)
            )
        }
        return anchors
    }

    /// The key that `--log-key` names.
    static func key(_ call: Call) throws(UsageError) -> NoteKey? {
        do {
            return try call.arguments["log-key"].map { text throws(CheckpointError) in
                try NoteKey(text)
            }
        } catch {
            throw UsageError("--log-key: \(error.message)")
        }
    }
}

extension Option {
    static let against = Option(
        "against",
        "FILE",
        isRepeated: true,
        "a head that was kept elsewhere: a checkpoint or a receipt"
    )
    static let logKey = Option(
        "log-key",
        "KEY",
        "the public key that must have signed it, under whatever name the log had"
    )
}
