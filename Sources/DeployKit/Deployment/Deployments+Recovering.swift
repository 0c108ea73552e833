// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// Goes on with a log that was restored from a backup: closes its epoch and begins the next,
    /// under another name, with an entry that says what was lost; see ``LogEpoch``.
    ///
    /// Where the backup is from before an earlier recovery, the names that were used since are
    /// closed as well, with an entry each.
    ///
    /// - Parameters:
    ///   - heads: Heads of the log that were kept elsewhere, under whatever name it had. They are
    ///     believed: whoever gives a head that the log never had makes it record a loss that
    ///     never was.
    ///   - reason: What happened.
    ///   - actor: Who goes on.
    /// - Returns: The epochs that began, in order; the log goes on as the last one.
    /// - Throws: ``DeploymentError``; refused: a log that contains every head in `heads`, a head
    ///   of another log, and a reason that is blank or holds a secret.
    public func recover(
        from heads: [LogHead],
        reason: String,
        by actor: Actor
    ) async throws(DeploymentError) -> [LogEpoch] {
        guard !reason.trimmed.isEmpty else {
            throw DeploymentError(
                .refused(Refusal(.reasonMissing, "a recovery needs a reason: say what happened"))
            )
        }
        do {
            try TypedText.check([reason])
        } catch {
            throw DeploymentError(.refused(error))
        }
        do throws(AuditStoreError) {
            let epochs = try await log.epochs()
            guard let current = epochs.last else {
                throw AuditStoreError(.damaged, "the log has no entry, so there is nothing to save")
            }
            let loss = try await loss(after: current, of: heads)
            if let last = loss.closed.keys.max() {
                var begun: [LogEpoch] = []
                for number in current.number...last {
                    // Of a name that only others know, the log itself is all that is closed.
                    let own = try await log.head()
                    let closed = loss.closed[number] ?? own
                    let first = loss.closed[number] == nil ? own.size : loss.first
                    let lost = min(first, closed.size)..<closed.size
                    begun.append(
                        try await begin(
                            after: closed,
                            lost,
                            revision: epochs.count - 1 + begun.count,
                            reason: reason,
                            by: actor
                        )
                    )
                }
                return begun
            }
        } catch {
            throw DeploymentError(.store(error))
        }
        throw DeploymentError(
            .refused(
                Refusal(
                    .wrongState,
                    "the log contains every head that is known of it; there is nothing to recover"
                )
            )
        )
    }

    // Each takes an entry; a name that somebody made up must not make a million.
    private static let mostEpochsAtOnce = 100

    /// What the log lost of what `heads` know: the largest head that it does not contain of each
    /// epoch, by number, and from which position on.
    private func loss(
        after current: LogEpoch,
        of heads: [LogHead]
    ) async throws(AuditStoreError) -> (closed: [Int: LogHead], first: Int) {
        let count = try await log.store.count()
        let standings = try await log.standings(of: heads)
        var closed: [Int: LogHead] = [:]
        var agreed = [0]
        // Sizes at which the log was another one.
        var changed: [Int] = []
        for (head, standing) in zip(heads, standings) {
            let number = LogEpoch.number(of: head.origin)
            switch standing {
            case .contained: agreed.append(head.size)
            // What is on record as lost, or belongs to an epoch that ended, is not lost anew.
            case .lost: continue
            case .diverged where number < current.number: continue
            case .otherLog(let name):
                guard current.hasName(like: head.origin), number > current.number else {
                    throw AuditStoreError(
                        .notAStore,
                        "a head is of the log '\(head.origin)', and this is '\(name)'"
                    )
                }
                guard number - current.number <= Self.mostEpochsAtOnce else {
                    throw AuditStoreError(
                        .notAStore,
                        "a head is of the log '\(head.origin)', and this is '\(name)': more than "
                            + "\(Self.mostEpochsAtOnce) recoveries apart"
                    )
                }
                if head.size <= count { changed.append(head.size) }
            case .shorter: break
            case .diverged: changed.append(head.size)
            }
            if standing != .contained, closed[number].map({ $0.size < head.size }) ?? true {
                closed[number] = head
            }
        }
        // Of a log that is only shorter, everything is taken to be as it was; of another one, what
        // a head confirms.
        guard let change = changed.min() else { return (closed, count) }
        return (closed, agreed.filter { $0 < change }.max() ?? 0)
    }

    private func begin(
        after closed: LogHead,
        _ lost: Range<Int>,
        revision: Int,
        reason: String,
        by actor: Actor
    ) async throws(AuditStoreError) -> LogEpoch {
        let entropy = entropy.next()
        var attachments = Attachments(entropy: entropy)
        let note = attachments.attach(.text(reason))
        let next = LogEpoch.origin(after: closed.origin)
        let receipt = try await log.append(
            [
                NewEntry(
                    stream: AuditLog.epochs,
                    kind: AuditLog.epochKind,
                    body: .members([
                        "actor": actor.json, "closed": closed.json,
                        "lost": .members([
                            "first": lost.lowerBound.json, "count": lost.count.json,
                        ]),
                        "origin": next.json, "reason": note.json,
                    ])
                )
            ],
            expecting: [AuditLog.epochs: revision],
            at: clock.now(),
            entropy: entropy,
            blobs: attachments.blobs
        )
        return LogEpoch(
            origin: next,
            start: receipt.positions.lowerBound,
            closed: closed,
            lost: lost
        )
    }
}
