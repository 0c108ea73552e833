// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The freezes and maintenance windows of the project that are about one environment, as its stream
/// keeps them.
public struct EnvironmentCalendar: Hashable, Sendable, JSONConvertible {
    /// When nothing new goes out.
    public let freezes: [Occasion]
    /// When something may go out; empty for always.
    public let windows: [Occasion]

    /// A calendar of these parts.
    public init(freezes: [Occasion] = [], windows: [Occasion] = []) {
        self.freezes = freezes
        self.windows = windows
    }

    /// An object of two lists; an empty one is left out.
    public var json: JSONValue {
        .members(["freezes": freezes.jsonUnlessEmpty, "windows": windows.jsonUnlessEmpty])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        freezes = try members.list("freezes")
        windows = try members.list("windows")
        try members.finish()
    }
}

extension DeployCalendar {
    /// The part of the project's calendar that is about an environment.
    func concerning(_ environment: Environment) -> EnvironmentCalendar {
        EnvironmentCalendar(
            freezes: freezes.filter { $0.concerns(environment) },
            windows: windows.filter { $0.concerns(environment) }
        )
    }
}

extension EnvironmentCalendar {
    /// The zones by whose clocks the calendar of an environment is read, each once.
    func zoneNames(of environment: Environment) -> Set<String> {
        Set([environment.zone].compactMap(\.self) + (freezes + windows).compactMap(\.zone))
    }
}
