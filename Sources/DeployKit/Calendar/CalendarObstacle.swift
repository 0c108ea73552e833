// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why nothing new may go out to an environment at a moment.
public struct CalendarObstacle: Hashable, Sendable {
    /// What kind of obstacle it is.
    public enum Kind: String, Hashable, Sendable, JSONConvertible {
        /// The environment is frozen.
        case freeze
        /// The environment has maintenance windows, and none is open.
        case closed
    }

    /// What kind of obstacle it is.
    public let kind: Kind
    /// What people call the freeze; empty where no window is open.
    public let name: String
    /// When it ends, by what is known now; `nil` when nobody knows.
    public let until: Timestamp?

    /// An obstacle of these parts.
    public init(kind: Kind, name: String = "", until: Timestamp?) {
        self.kind = kind
        self.name = name
        self.until = until
    }

    /// What it is and when it ends.
    public var sentence: String {
        switch kind {
        case .freeze:
            "frozen by '\(name)' " + (until.map { "until \($0)" } ?? "until somebody lifts it")
        case .closed:
            "outside the maintenance windows; "
                + (until.map { "the next opens at \($0)" } ?? "none opens any more")
        }
    }

    /// Whether both are the same freeze, or both the want of an open window.
    func isSame(as other: Self) -> Bool { kind == other.kind && name.hasSameBytes(as: other.name) }
}

extension CalendarObstacle: JSONConvertible {
    /// An object; what is absent is left out.
    public var json: JSONValue {
        .members([
            "kind": kind.json, "name": name.isEmpty ? nil : name.json, "until": until?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        kind = try members.required("kind")
        name = try members.optional("name") ?? ""
        until = try members.optional("until")
        try members.finish()
    }
}

/// A freeze that is on record in the stream of an environment.
public struct RecordedFreeze: Hashable, Sendable {
    /// What people call it.
    public let name: String
    /// When it begins.
    public let from: Timestamp
    /// When it ends by itself; `nil` when it lasts until somebody lifts it.
    public let until: Timestamp?

    /// A freeze of these parts.
    public init(name: String, from: Timestamp, until: Timestamp?) {
        self.name = name
        self.from = from
        self.until = until
    }

    /// Whether it is in force at a moment.
    public func holds(at moment: Timestamp) -> Bool {
        from <= moment && until.map { moment < $0 } ?? true
    }
}

extension RecordedFreeze: JSONConvertible {
    /// An object; `until` is left out when nobody knows.
    public var json: JSONValue {
        .members(["name": name.json, "from": from.json, "until": until?.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        from = try members.required("from")
        until = try members.optional("until")
        try members.finish()
    }
}
