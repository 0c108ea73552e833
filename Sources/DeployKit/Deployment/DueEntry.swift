// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Something that wants to be done, or ends, at a moment that is known beforehand.
public struct DueEntry: Hashable, Sendable {
    /// What it is.
    @nonexhaustive
    public enum Subject: Hashable, Sendable {
        /// An observation of a monitoring window, and whether the deployment waits for it.
        case observation(ObservationID, isRequired: Bool)
        /// An approval that counts until then.
        case approval(SignOffSlotID, by: ActorID)
        /// A round of a gate that must be satisfied by then.
        case deadline(GateID)
        /// The checklist, or a part of it, is to be looked at again.
        case review
        /// A credential, such as that of a synthetic identity, is to be replaced.
        case rotation(String)
    }

    /// How it stands.
    public enum Standing: String, Hashable, Sendable, JSONConvertible {
        /// Its time has not come.
        case upcoming
        /// It should be done now.
        case due
        /// It should have been done.
        case late
        /// It can no longer be done.
        case missed
        /// It counts no more.
        case expired
    }

    /// What it is.
    public let subject: Subject
    /// In the words of the checklist.
    public let title: String
    /// When it is due, or ends.
    public let at: Timestamp
    /// When it is missed, where it can be.
    public let missedAt: Timestamp?
    /// How it stands.
    public let standing: Standing
}

extension Deployment {
    /// What is due or over, and of everything else that has a date the next: by date.
    ///
    /// Nothing is recorded: what time has brought about is worked out at the moment of asking.
    public func dueEntries(given facts: Facts) -> [DueEntry] {
        if status.isTerminal { return [] }
        return
            (observationEntries(given: facts) + approvalEntries(given: facts)
            + deadlineEntries(given: facts) + reviewEntries(given: facts))
            .sorted { $0.at < $1.at }
    }

    private func deadlineEntries(given facts: Facts) -> [DueEntry] {
        gates.compactMap { gate, progress in
            guard let deadline = progress.deadline, !progress.isConsumed, !isBypassed(gate),
                progress.rejection == nil,
                progress.isLost
                    || !missingSignOffs(at: gate, terms(of: gate, given: facts), given: facts)
                        .isEmpty
            else { return nil }
            return DueEntry(
                subject: .deadline(gate),
                title: gate.description,
                at: deadline,
                missedAt: nil,
                standing: moment(facts) >= deadline ? .expired : .upcoming
            )
        }
    }

    private func reviewEntries(given facts: Facts) -> [DueEntry] {
        let zone = facts.calendar.zone(of: subject.environment)
        return checklist.reviews.map { review in
            DueEntry(
                subject: .review,
                title: review.title,
                day: review.by,
                in: zone,
                at: moment(facts)
            )
        }
    }

    private func observationEntries(given facts: Facts) -> [DueEntry] {
        windows.flatMap { plan -> [DueEntry] in
            var hasNext = false
            return plan.observations.compactMap { id in
                guard let times = plan.times(of: id.number) else { return nil }
                let standing: DueEntry.Standing
                switch self.standing(of: id, given: facts) {
                case .upcoming, .open:
                    if hasNext { return nil }
                    hasNext = true
                    standing = .upcoming
                case .due: standing = .due
                case .late: standing = .late
                case .missed: standing = .missed
                case .made, .failed, .waived, .cancelled, nil: return nil
                }
                return DueEntry(
                    subject: .observation(id, isRequired: plan.isRequired),
                    title: title(plan.window),
                    at: times.dueAt,
                    missedAt: times.missedAt,
                    standing: standing
                )
            }
        }
    }

    private func approvalEntries(given facts: Facts) -> [DueEntry] {
        gates.values.filter { !$0.isConsumed }.flatMap { progress in
            progress.signOffs.compactMap { signOff -> DueEntry? in
                guard signOff.decision == .approved, let signed = moment(of: signOff),
                    let limit = progress.terms.slots.first(where: { $0.id == signOff.slot })?
                        .rule.validFor
                else { return nil }
                let end = signed + limit
                return DueEntry(
                    subject: .approval(signOff.slot, by: signOff.person),
                    title: label(signOff.slot),
                    at: end,
                    missedAt: nil,
                    standing: moment(facts) > end ? .expired : .upcoming
                )
            }
        }
    }
}

extension DueEntry {
    /// Something that is due on a day, and late from the next one on.
    public init(
        subject: Subject,
        title: String,
        day: LocalTime,
        in zone: ZoneRules,
        at now: Timestamp
    ) {
        let begin = zone.moment(of: day.midnight)
        let end = zone.moment(of: day.midnight.adding(days: 1))
        self.init(
            subject: subject,
            title: title,
            at: begin,
            missedAt: nil,
            standing: now < begin ? .upcoming : now < end ? .due : .late
        )
    }
}
