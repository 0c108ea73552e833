// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// The cleanup steps that have something to take away and have not been done since, in document
    /// order: those of suites of which a check was begun and none is under way. They may be started
    /// whatever else has happened.
    public var leftToCleanUp: [Outline.Entry] {
        outline.leaves.filter { entry in
            entry.item.isCleanup && items.state(of: entry) == .pending && mayCleanUp(entry)
        }
    }

    /// Whether an item is a cleanup step that has something to take away now.
    func mayCleanUp(_ entry: Outline.Entry) -> Bool {
        guard entry.item.isCleanup, entry.item.kind.isAutomatic, let suite = entry.item.suite else {
            return false
        }
        let checks = checks(of: suite)
        let isUnderWay = checks.contains {
            if case .running = items.state(of: $0) { true } else { false }
        }
        return !isUnderWay && checks.contains { hasBegun($0) }
    }

    /// Whether a check of a cleanup step's suite is still to be made, or under way; those of later
    /// phases do not count, since they may wait for this one.
    func hasOpenChecks(before cleanup: Outline.Entry) -> Bool {
        checks(of: cleanup.item.suite).contains { entry in
            guard entry.phase <= cleanup.phase else { return false }
            return switch items.state(of: entry) {
            case .pending: entry.item.kind.isAutomatic || entry.requirement != .optional
            case .running: true
            default: false
            }
        }
    }

    /// The cleanup steps of a suite that a machine does.
    func cleanup(of suite: String?) -> [Outline.Entry] {
        guard let suite else { return [] }
        return outline.leaves.filter {
            $0.item.suite == suite && $0.item.isCleanup && $0.item.kind.isAutomatic
        }
    }

    private func checks(of suite: String?) -> [Outline.Entry] {
        guard let suite else { return [] }
        return outline.leaves.filter { $0.item.suite == suite && !$0.item.isCleanup }
    }
}
