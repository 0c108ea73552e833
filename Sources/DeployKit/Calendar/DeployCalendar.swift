// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the rules must know of the calendar: the zones that matter.
public struct DeployCalendar: Hashable, Sendable {
    /// The rules of zones by name, of those that are known.
    public let zones: [String: ZoneRules]

    /// A calendar of these parts.
    public init(zones: [String: ZoneRules] = [:]) {
        self.zones = zones
    }

    /// The zone of an environment: UTC where it names none or nothing is known of it.
    public func zone(of environment: Environment) -> ZoneRules {
        environment.zone.flatMap { zones[$0] } ?? .utc
    }
}
