// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployments {
    /// What the measurements say to the items and gates of a deployment that ask them now.
    func judgements(
        of state: Deployment,
        at now: Timestamp
    ) async throws(DeploymentError) -> [MetricAsker: MetricJudgement] {
        let asked = state.metricQuestions(at: now)
        guard !asked.isEmpty else { return [:] }
        let count = try await metricCount(of: state.id)
        let baselines = try await baselines(of: state, before: now)
        let questions = asked.map { entry in
            MetricQuestion(
                at: now,
                since: entry.question.since,
                metrics: entry.question.metrics,
                baselines: baselines
            )
        }
        let decisions = try await decisions(
            questions.map { (before: count, question: $0) },
            of: state
        )
        return Dictionary(
            zip(asked, decisions).map { ($0.asker, MetricJudgement($1, revision: count)) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}

extension LiveDeployment {
    /// A judgement that an item or a gate rests on, and what the same entries say now.
    public struct JudgementReplay: Hashable, Sendable {
        /// What asked.
        public let asker: MetricAsker
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// The judgement as it was recorded.
        public let recorded: MetricJudgement
        /// The decision as it is computed now.
        public let replayed: MetricDecision

        /// Whether both are the same in every part.
        public var isIdentical: Bool { recorded.decision == replayed }
    }

    /// Makes every decision again that an item passed or failed by, or that opened a gate.
    ///
    /// - Returns: The judgements, oldest first.
    /// - Throws: ``DeploymentError`` when the store fails.
    public func replayJudgements() async throws(DeploymentError) -> [JudgementReplay] {
        let state = try await state()
        var found: [(asker: MetricAsker, at: Timestamp, judgement: MetricJudgement)] = []
        var revision = 0
        while revision < state.revision {
            let entries: [AuditEntry]
            do {
                entries = try await deployments.log.entries(
                    of: .deployment(id),
                    from: revision,
                    limit: 256
                )
            } catch {
                throw DeploymentError(.store(error))
            }
            if entries.isEmpty { break }
            for entry in entries {
                switch try Projections.recorded(entry).event {
                case .judged(let item, _, let judgement, _):
                    found.append((.item(item), entry.at, judgement))
                case .gateConsumed(let gate, _, let judgement?):
                    found.append((.gate(gate), entry.at, judgement))
                default: continue
                }
            }
            revision += entries.count
        }
        let replayed = try await deployments.decisions(
            found.map { (before: $0.judgement.revision, question: $0.judgement.decision.question) },
            of: state
        )
        return zip(found, replayed).map { found, replayed in
            JudgementReplay(
                asker: found.asker,
                recordedAt: found.at,
                recorded: found.judgement,
                replayed: replayed
            )
        }
    }
}
