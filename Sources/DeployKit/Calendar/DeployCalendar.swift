// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the rules must know of the calendar: the zones that matter, when environments are frozen,
/// and when they may be deployed to.
public struct DeployCalendar: Hashable, Sendable {
    /// The rules of zones by name, of those that are known.
    public let zones: [String: ZoneRules]
    /// The freezes of the project.
    public let freezes: [Occasion]
    /// The maintenance windows of the project: an environment that has any is deployed to within
    /// one only.
    public let windows: [Occasion]

    /// A calendar of these parts.
    public init(
        zones: [String: ZoneRules] = [:],
        freezes: [Occasion] = [],
        windows: [Occasion] = []
    ) {
        self.zones = zones
        self.freezes = freezes
        self.windows = windows
    }

    /// The zone of an environment: UTC where it names none or nothing is known of it.
    public func zone(of environment: Environment) -> ZoneRules {
        environment.zone.flatMap { zones[$0] } ?? .utc
    }

    /// The zones that concern an environment and of which nothing is known here, in order.
    func unknownZones(of environment: Environment) -> [String] {
        concerning(environment).zoneNames(of: environment)
            .filter { zones[$0] == nil && $0 != "UTC" }.sorted()
    }

    /// Why nothing new may go out to an environment at a moment: the freeze, else the want of an open
    /// maintenance window; `nil` when it may.
    ///
    /// Freezes that follow one another without a gap are one: what is named is the one in force, and
    /// the end of the last.
    ///
    /// - Parameters:
    ///   - environment: Where to.
    ///   - recorded: The freezes in its stream.
    ///   - moment: When.
    /// - Returns: What is in the way, and until when.
    public func obstacle(
        of environment: Environment,
        recorded: [RecordedFreeze],
        at moment: Timestamp
    ) -> CalendarObstacle? {
        if let freeze = recorded.first(where: { $0.holds(at: moment) && $0.until == nil }) {
            return CalendarObstacle(kind: .freeze, name: freeze.name, until: nil)
        }
        var named = stretches(of: freezes, environment, around: moment)
        named += recorded.compactMap { freeze in
            guard let until = freeze.until, freeze.from < until else { return nil }
            return (freeze.name, freeze.from..<until)
        }
        if let current = named.first(where: { $0.range.contains(moment) }) {
            var end = current.range.upperBound
            while let next = named.first(where: { $0.range.contains(end) }) {
                end = next.range.upperBound
            }
            return CalendarObstacle(kind: .freeze, name: current.name, until: end)
        }
        guard windows.contains(where: { $0.concerns(environment) }) else { return nil }
        let open = stretches(of: windows, environment, around: moment).map(\.range)
        if open.contains(where: { $0.contains(moment) }) { return nil }
        let next = open.map(\.lowerBound).filter { $0 > moment }.min()
        return CalendarObstacle(kind: .closed, until: next)
    }

    private func stretches(
        of occasions: [Occasion],
        _ environment: Environment,
        around moment: Timestamp
    ) -> [(name: String, range: Range<Timestamp>)] {
        occasions.filter { $0.concerns(environment) }.flatMap { occasion in
            let rules = occasion.zone.flatMap { zones[$0] } ?? zone(of: environment)
            return occasion.stretches(around: moment, in: rules).map { (occasion.name, $0) }
        }
    }
}
