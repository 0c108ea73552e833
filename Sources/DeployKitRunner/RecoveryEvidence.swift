// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// The heads that tell what a log lost, before it is recovered: only those that can be believed.
///
/// A recovery records a loss for good, so that a head which somebody made up would do harm. What
/// this machine kept is believed. A head in a file that somebody names is believed when the key of
/// the log signed it; without a key on this machine, only as long as it contradicts nothing that
/// the log contains and others vouch for.
public struct RecoveryEvidence: Hashable, Sendable {
    /// The heads that are believed.
    public let heads: [LogHead]
    /// The named heads that nobody signed whose key is known: that they are true rests on whoever
    /// names them.
    public let unsigned: [Anchor]

    /// Judges heads.
    ///
    /// - Parameters:
    ///   - named: Heads in files that somebody names.
    ///   - kept: What this machine kept of the log.
    ///   - log: The log, which fits itself.
    ///   - hasKey: Whether a key that must have signed is known.
    /// - Throws: ``KeepingError``: `headRefused` for a named head that is not believed,
    ///   `store`.
    public init(
        named: [Anchor],
        kept: [Anchor],
        of log: AuditLog,
        hasKey: Bool
    ) async throws(KeepingError) {
        let anchors = kept + named
        var doubt: String?
        do throws(AuditStoreError) {
            let standings = try await log.standings(of: anchors.map(\.head))
            let agreed = zip(anchors, standings).filter { $0.1 == LogStanding.contained }
                .map(\.0).max { $0.head.size < $1.head.size }
            for (anchor, standing) in zip(anchors, standings) where anchor.isNamed {
                let isProved = try await anchor.provesEntry(in: log)
                doubt = doubt ?? Self.doubt(anchor, standing, agreed: agreed, hasKey, isProved)
            }
        } catch {
            throw HighWaterNotes.unread(error)
        }
        if let doubt { throw KeepingError(.headRefused, doubt) }
        heads = anchors.map(\.head)
        unsigned = named.filter { !$0.isSigned }
    }

    /// Why a named head is not believed.
    private static func doubt(
        _ anchor: Anchor,
        _ standing: LogStanding,
        agreed: Anchor?,
        _ hasKey: Bool,
        _ isProved: Bool?
    ) -> String? {
        if isProved == false, standing == .contained {
            return anchor.brokenProof
        }
        if case .shorter = standing, isProved == false {
            return "\(anchor.brokenProof), or the log was rewritten; name a checkpoint in its place"
        }
        guard !anchor.isSigned else { return nil }
        if hasKey {
            return "'\(anchor.path)' is not signed by the key of the log, which is known here: "
                + "anybody could have made it up"
        }
        let isOther =
            switch standing {
            case .otherLog(let name):
                LogEpoch.base(of: name) == LogEpoch.base(of: anchor.head.origin)
            default: standing == .diverged
            }
        if isOther, let agreed, agreed.head.size >= anchor.head.size {
            return
                "'\(anchor.path)', \(anchor.signedByNobodyKnown) and of \(anchor.head.size) entries, contradicts "
                + "'\(agreed.path)', whose \(agreed.head.size) entries the log contains: it is "
                + "not believed"
        }
        return nil
    }
}

extension Anchor {
    /// That no key which is known signed the head, in a few words.
    package var signedByNobodyKnown: String {
        strangers.isEmpty
            ? "unsigned" : "signed by '\(strangers[0])', whose key is not known here,"
    }
}
