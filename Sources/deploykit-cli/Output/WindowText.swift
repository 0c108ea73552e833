// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension StatusText {
    /// The monitoring windows, once they run: one line each.
    var windows: String {
        if deployment.windows.isEmpty { return "" }
        let rows = deployment.windows.map { plan -> [String] in
            let standings = plan.observations.compactMap { id in
                deployment.standing(of: id, given: facts)
            }
            let words = ObservationStanding.shown.compactMap { standing -> String? in
                let count = standings.count { $0 == standing }
                return count == 0 ? nil : "\(count) \(standing.rawValue)"
            }
            return [
                "  " + plan.window.text.visible.cut(to: 28),
                "\(standings.count { $0 == .made }) of \(plan.due.count)"
                    + (plan.isRequired ? "" : " optional"),
                words.joined(separator: ", "), next(of: plan),
            ]
        }
        return "Windows\n" + Table.text(rows)
    }

    private func next(of plan: WindowPlan) -> String {
        guard !deployment.status.isTerminal,
            let next = plan.due.first(where: { $0 > facts.now })
        else { return "" }
        return "next \(next.minute(besides: facts.now)) UTC"
    }
}

extension ObservationStanding {
    /// What a line about a window counts, worst first.
    fileprivate static let shown: [Self] = [
        .failed, .missed, .late, .due, .open, .waived, .cancelled,
    ]
}

extension Deployment {
    /// The monitoring windows, once they run.
    func windowsJSON(given facts: Facts) -> JSONValue? {
        if windows.isEmpty { return nil }
        return .array(
            windows.map { plan in
                .members([
                    "window": plan.window.json, "title": title(plan.window).json,
                    "isRequired": plan.isRequired.json,
                    "observations": .array(
                        plan.observations.map { id in
                            let times = plan.times(of: id.number)
                            let record = observations[id]
                            return .members([
                                "observation": id.json,
                                "standing": standing(of: id, given: facts)?.json,
                                "dueAt": times?.dueAt.json, "missedAt": times?.missedAt.json,
                                "actor": record?.actor?.json, "at": record?.at.json,
                            ])
                        }
                    ),
                ])
            }
        )
    }
}

extension NextLines {
    /// What to do about a window.
    func lines(for window: WindowID) -> [String] {
        let entries = deployment.dueEntries(given: facts).filter { entry in
            if case .observation(let id, _) = entry.subject { return id.window == window }
            return false
        }
        guard let entry = entries.first(where: { $0.standing != .upcoming }) ?? entries.first,
            case .observation(let id, _) = entry.subject
        else { return ["deploykit reopen \(window.text.visible.shellQuoted)   or waive it"] }
        let name = id.description.visible.shellQuoted
        return switch entry.standing {
        case .missed: ["deploykit waive \(name) --reason …   missed, due \(entry.at.minute) UTC"]
        case .due, .late: ["deploykit done \(name)   \(entry.title.visible.cut(to: 40))"]
        case .upcoming, .expired: ["\(name) is due at \(entry.at.minute) UTC"]
        }
    }
}
