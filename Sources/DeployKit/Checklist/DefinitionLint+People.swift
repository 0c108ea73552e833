// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension DefinitionLint {
    // MARK: Sign-offs

    var signOffs: [ChecklistFinding] {
        let phases = Set(checklist.phases.map(\.id))
        var findings: [ChecklistFinding] = []
        var groups: [Group: [SignOffSlot]] = [:]
        for slot in checklist.signOffSlots where slot.requirement != .optional {
            if case .phase(let id) = slot.gate, !phases.contains(id) {
                findings.append(unsatisfiable(slot, "it guards '\(id)', which is no phase"))
            } else if let people = signatories(of: slot), people.count < slot.rule.count {
                let names =
                    people.isEmpty ? "nobody" : "only \(people.map(\.text).joined(separator: ", "))"
                findings.append(
                    unsatisfiable(slot, "it asks for \(slot.rule.count) and \(names) may sign")
                )
            } else {
                groups[Group(gate: slot.gate, name: slot.group), default: []].append(slot)
            }
        }
        return findings + crowded(groups)
    }

    private struct Group: Hashable {
        let gate: GateID
        let name: String?
    }

    // One person counts once within a group, so that slots that can each be signed may not all be.
    private func crowded(_ groups: [Group: [SignOffSlot]]) -> [ChecklistFinding] {
        var findings: [ChecklistFinding] = []
        for slots in groups.values where slots.count > 1 {
            var voters: [SignOffSlotID: Set<ActorID>] = [:]
            for slot in slots {
                if let people = signatories(of: slot) { voters[slot.id] = Set(people) }
            }
            let known = slots.filter { voters[$0.id] != nil }
            let filled = Quorum.filled(known.map { ($0.id, $0.rule.count) }, by: voters)
            guard let short = known.first(where: { filled[$0.id, default: 0] < $0.rule.count })
            else { continue }
            let others = known.filter { $0.id != short.id }.map { "'\($0.label)'" }
            findings.append(
                unsatisfiable(
                    short,
                    "one person counts once within a group, and there are not enough for it and "
                        + others.joined(separator: ", ")
                )
            )
        }
        let order = Dictionary(
            checklist.signOffSlots.enumerated().map { (ChecklistFinding.Subject.slot($1.id), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return findings.sorted { order[$0.subject, default: 0] < order[$1.subject, default: 0] }
    }

    // Who may sign; `nil` when anybody could, since nobody is listed.
    private func signatories(of slot: SignOffSlot) -> [ActorID]? {
        if !directory.isEmpty { return directory.eligible(for: slot.rule) }
        return slot.rule.roles.isEmpty && !slot.rule.people.isEmpty
            ? Set(slot.rule.people).sorted() : nil
    }

    private func unsatisfiable(_ slot: SignOffSlot, _ reason: String) -> ChecklistFinding {
        ChecklistFinding(
            .unsatisfiableSignOff,
            .slot(slot.id),
            "'\(slot.label)' can never be signed: \(reason)"
        )
    }

    // MARK: Rollback

    var rollback: [ChecklistFinding] {
        guard let plan = checklist.rollbackPlan else { return [] }
        let triggers = plan.triggers.filter {
            $0.metric == nil && $0.suite == nil && $0.item == nil
        }.map { trigger in
            ChecklistFinding(
                .triggerWithoutMetric,
                .trigger(trigger.id),
                "nothing measures '\(trigger.title)'; a person must notice it"
            )
        }
        guard plan.verification.isEmpty else { return triggers }
        let verified = Self.verifiedByAnother(plan.levels)
        return triggers
            + plan.levels.indices.filter { index in
                let level = plan.levels[index]
                return !Self.verifies(level) && !Self.onlyTells(level) && !verified.contains(index)
            }.map { index in
                let level = plan.levels[index]
                return ChecklistFinding(
                    .levelUnverified,
                    .level(level.id),
                    "rollback '\(level.title)' says nowhere how to see that it worked"
                )
            }
    }

    // "1. Find the commit", "2. Deploy it", "3. Check it" are steps of one way back, which one of
    // them verifies for all.
    private static func verifiedByAnother(_ levels: [RollbackLevel]) -> Set<Int> {
        var result: Set<Int> = []
        var start = 0
        while start < levels.count {
            var end = start + 1
            while end < levels.count, let last = number(of: levels[end - 1]),
                let next = number(of: levels[end]), next > last
            { end += 1 }
            if end - start > 1, levels[start..<end].contains(where: verifies) {
                result.formUnion(start..<end)
            }
            start = end
        }
        return result
    }

    // The number that a title begins with: "4. Restart".
    private static func number(of level: RollbackLevel) -> Int? {
        let digits = level.title.prefix { $0.isASCII && $0.isNumber }
        let mark = level.title.dropFirst(digits.count).first
        return mark == "." || mark == ")" ? Int(digits) : nil
    }

    // Telling people of a rollback brings nothing back that could be looked at.
    private static func onlyTells(_ level: RollbackLevel) -> Bool {
        level.title.lowercased().split { !$0.isLetter }.contains { word in
            ["communicat", "comunica", "kommunikation", "notification", "announc"].contains {
                word.hasPrefix($0)
            }
        }
    }

    // How a step that looks begins, in the languages that the reader knows.
    private static let checks = [
        "verif", "vérif", "überprüf", "prüf", "comprob", "valid", "confirm", "bestätig", "check",
        "test", "ensure", "monitor", "smoke", "health",
    ]
    private static let eastern = ["確認", "検証", "验证", "確认", "检查"]

    private static func verifies(_ level: RollbackLevel) -> Bool {
        !level.verification.isEmpty
            || level.steps.contains { step in
                let title = step.title.lowercased()
                return title.split { !$0.isLetter }.contains { word in
                    checks.contains { word.hasPrefix($0) }
                } || eastern.contains { title.utf8.contains($0.utf8) }
            }
    }

    // MARK: Metrics

    var bands: [ChecklistFinding] {
        checklist.metrics.flatMap { metric in
            metric.findings.map { fault in
                ChecklistFinding(
                    Self.rule(of: fault),
                    .metric(metric.id),
                    "'\(metric.title)': \(fault.message)"
                )
            } + unreachableWarning(of: metric) + partsOfOne(of: metric)
        }
    }

    // A warning that is critical throughout warns of nothing; one with the same bound is meant so.
    private func unreachableWarning(of metric: SuccessMetric) -> [ChecklistFinding] {
        guard let warning = metric.bands.warning, let critical = metric.bands.critical,
            let line = ValueLine(bounds: [warning, critical], unit: metric.unit)
        else { return [] }
        let (warned, lost) = (line.atoms(of: warning), line.atoms(of: critical))
        guard !warned.isEmpty, warned.isStrictSubset(of: lost) else { return [] }
        return [
            ChecklistFinding(
                .unreachableBand,
                .metric(metric.id),
                "'\(metric.title)': the warning '\(warning)' is never reached alone, since what is "
                    + "inside is critical ('\(critical)') already"
            )
        ]
    }

    // 0.95% of what should be high will have been 0.95.
    private func partsOfOne(of metric: SuccessMetric) -> [ChecklistFinding] {
        guard metric.direction == .higherIsBetter else { return [] }
        return metric.bands.named.compactMap { name, bound in
            guard case .compare(_, let limit) = bound, limit.unit == .percent,
                limit.magnitude > 0, limit.magnitude <= 1
            else { return nil }
            return ChecklistFinding(
                .percentOfOne,
                .metric(metric.id),
                "'\(metric.title)': the \(name) '\(bound)' is very little; a part of 1 is written "
                    + "'\(limit.magnitude) ratio'"
            )
        }
    }

    private static func rule(of fault: BandsFinding) -> LintRule {
        switch fault.code {
        case .dimension: .bandsDimension
        case .overlap: .bandsOverlap
        case .criticalOutsideWarning: .bandsCriticalOutsideWarning
        case .direction: .bandsDirection
        case .unreachable: .unreachableBand
        case .clear: .bandsClear
        }
    }
}
