// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A named stretch of time, once or every week, by the clocks of a zone: a freeze, or a maintenance
/// window.
public struct Occasion: Hashable, Sendable {
    /// When it is.
    public enum Time: Hashable, Sendable {
        /// Once, from a time up to another, which no longer belongs to it.
        case once(from: LocalTime, until: LocalTime)
        /// On these days of every week, from a minute of the day up to another: up to one of the
        /// next day when that is not later.
        case weekly([Weekday], from: Int, until: Int)
    }

    /// What people call it.
    public let name: String
    /// The environments that it is about; empty for all.
    public let environments: [Environment.ID]
    /// When it is.
    public let time: Time
    /// Whose clocks are meant; `nil` for those of the environment.
    public let zone: String?

    /// An occasion of these parts.
    public init(
        name: String,
        environments: [Environment.ID] = [],
        time: Time,
        zone: String? = nil
    ) {
        self.name = name
        self.environments = environments
        self.time = time
        self.zone = zone
    }

    /// Whether it is about an environment.
    public func concerns(_ environment: Environment) -> Bool {
        environments.isEmpty
            || environments.contains { $0 == environment.name }
            || environments.contains { environment.aliases.contains($0.text) }
    }

    /// The stretches that lie around a moment or follow it within nine days, oldest first.
    ///
    /// A time that the clocks skip is as much later; of one that they show twice the first is meant,
    /// at the end of a stretch the second: what is frozen stays so through both.
    func stretches(around moment: Timestamp, in zone: ZoneRules) -> [Range<Timestamp>] {
        func range(_ from: LocalTime, _ until: LocalTime) -> Range<Timestamp>? {
            let (start, end) = (zone.moment(of: from), zone.moment(of: until, .second))
            return start < end ? start..<end : nil
        }
        switch time {
        case .once(let from, let until):
            return [range(from, until)].compactMap { $0 }
        case .weekly(let days, let from, let until):
            let today = zone.local(at: moment).midnight
            return (-1...9).compactMap { offset in
                let day = today.adding(days: offset)
                guard days.isEmpty || days.contains(day.weekday) else { return nil }
                let end = until > from ? until : until + 24 * 60
                return range(day.adding(minutes: from), day.adding(minutes: end))
            }
        }
    }
}

extension LocalTime {
    fileprivate func adding(minutes: Int) -> Self { Self(asUTC: asUTC + .minutes(minutes)) }
}

extension Occasion: JSONConvertible {
    /// An object with `name`, `environments`, `zone`, and `from` and `until` as local times, or, with
    /// `days`, as times of day (`HH:MM`, up to `24:00`).
    public var json: JSONValue {
        let common = JSONValue.members([
            "name": name.json, "environments": environments.jsonUnlessEmpty, "zone": zone?.json,
        ])
        switch time {
        case .once(let from, let until):
            return common.adding(["from": from.json, "until": until.json])
        case .weekly(let days, let from, let until):
            return common.adding([
                "days": days.json, "from": Self.text(from).json, "until": Self.text(until).json,
            ])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or it ends before it begins.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        name = try members.required("name")
        environments = try members.list("environments")
        zone = try members.optional("zone")
        if let days = try members.optional("days", as: [Weekday].self) {
            let from = try Self.minute(try members.required("from"))
            let until = try Self.minute(try members.required("until"))
            time = .weekly(days, from: from, until: until)
        } else {
            let from: LocalTime = try members.required("from")
            let until: LocalTime = try members.required("until")
            guard from < until else {
                throw JSONError(.value, "'\(name)' ends before it begins", path: ["until"])
            }
            time = .once(from: from, until: until)
        }
        try members.finish()
        guard !name.trimmed.isEmpty else { throw JSONError(.value, "a name is blank") }
    }

    private static func text(_ minute: Int) -> String {
        let parts = [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return parts.joined(separator: ":")
    }

    private static func minute(_ text: String) throws(JSONError) -> Int {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.count == 2 ? Int(String(Substring($0))) : nil }
        guard parts.count == 2, numbers.count == 2, (0..<60).contains(numbers[1]),
            case let minute = numbers[0] * 60 + numbers[1], (0...24 * 60).contains(minute)
        else { throw JSONError(.value, "'\(text)' is no time of day of the form HH:MM") }
        return minute
    }
}
