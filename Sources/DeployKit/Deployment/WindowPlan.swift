// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// When the observations of one window are due, worked out and recorded when the windows start:
/// later changes of the checklist, or of a zone's rules, do not reach it.
public struct WindowPlan: Hashable, Sendable {
    /// The window.
    public let window: WindowID
    /// Whether the deployment waits for its observations.
    public let isRequired: Bool
    /// When each is due, oldest first; the numbers of observations count from 1.
    public let due: [Timestamp]
    /// How long after it was due the last one counts as missed; each other one does when the next
    /// is due. A quarter of it after it was due, an observation is late.
    public let allowance: Duration
    /// From when on the first may be made, where that is before it is due.
    public let opensAt: Timestamp?

    /// A plan of these parts.
    public init(
        window: WindowID,
        isRequired: Bool,
        due: [Timestamp],
        allowance: Duration,
        opensAt: Timestamp? = nil
    ) {
        self.window = window
        self.isRequired = isRequired
        self.due = due
        self.allowance = allowance
        self.opensAt = opensAt
    }

    /// The plan of a window after a deployment that ended at `start`.
    init(
        _ window: MonitoringWindow,
        isRequired: Bool,
        after start: Timestamp,
        in zone: ZoneRules
    ) {
        self.init(
            window: window.id,
            isRequired: isRequired,
            due: window.dueTimes(after: start, in: zone),
            allowance: window.allowance,
            opensAt: window.cadence == nil ? window.begin(after: start, in: zone) : nil
        )
    }

    /// The observations, oldest first.
    public var observations: [ObservationID] {
        due.indices.map { ObservationID(window: window, number: $0 + 1) }
    }

    /// When an observation is due, and when it is late and missed; `nil` when the window has none
    /// of this number.
    public func times(of number: Int) -> ObservationTimes? {
        guard due.indices.contains(number - 1) else { return nil }
        let dueAt = due[number - 1]
        return ObservationTimes(
            opensAt: number == 1 ? opensAt ?? dueAt : dueAt,
            dueAt: dueAt,
            lateAt: dueAt + .milliseconds(allowance.wholeMilliseconds / 4),
            missedAt: number < due.count ? due[number] : dueAt + allowance
        )
    }
}

/// The moments of one observation, each the first at which the word holds.
public struct ObservationTimes: Hashable, Sendable {
    /// When it may be made.
    public let opensAt: Timestamp
    /// When it should be made.
    public let dueAt: Timestamp
    /// When it is late.
    public let lateAt: Timestamp
    /// When it is missed.
    public let missedAt: Timestamp
}

/// One observation of a window, such as `week-1#3`.
public struct ObservationID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The window.
    public let window: WindowID
    /// Which of its observations, counting from 1.
    public let number: Int

    /// The observation of this number.
    public init(window: WindowID, number: Int) {
        self.window = window
        self.number = number
    }

    /// Reads the text form.
    ///
    /// - Returns: `nil` when `text` does not end with `#` and a number.
    public init?(_ text: String) {
        guard let mark = text.utf8.lastIndex(of: UInt8(ascii: "#")),
            let number = Int(String(Substring(text.utf8[text.utf8.index(after: mark)...])))
        else { return nil }
        self.init(window: WindowID(String(Substring(text.utf8[..<mark]))), number: number)
    }

    /// The window, `#`, and the number.
    public var description: String { "\(window)#\(number)" }

    /// By window, then by number.
    public static func < (left: Self, right: Self) -> Bool {
        left.window == right.window ? left.number < right.number : left.window < right.window
    }
}

extension WindowPlan: JSONConvertible {
    /// An object; `isRequired` is left out when it is true.
    public var json: JSONValue {
        .members([
            "window": window.json, "isRequired": isRequired ? nil : false.json, "due": due.json,
            "allowance": allowance.json, "opensAt": opensAt?.json,
        ])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or the moments do not ascend.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        window = try members.required("window")
        isRequired = try members.optional("isRequired") ?? true
        due = try members.required("due")
        allowance = try members.required("allowance")
        opensAt = try members.optional("opensAt")
        try members.finish()
        guard zip(due, due.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw JSONError(.value, "the moments at which observations are due do not ascend")
        }
    }
}

extension ObservationID: JSONConvertible {
    /// The text of ``description``.
    public var json: JSONValue { description.json }

    /// Reads the text of ``description``.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let id = Self(text) else {
            throw JSONError(.value, "'\(text)' is no observation: WINDOW#NUMBER")
        }
        self = id
    }
}
