// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// When the clocks of a named zone show what: the content of one file of the zone database.
///
/// The library reads no file and knows no zone but UTC; whoever uses it hands in the rules
/// (``ZoneSource``). The format is TZif, versions 1 to 4, <https://www.rfc-editor.org/rfc/rfc9636>.
public struct ZoneRules: Hashable, Sendable {
    /// The name, such as `Europe/Berlin`.
    public let name: String
    private let changes: [Change]
    /// Seconds east of Greenwich before the first change.
    private let first: Int
    /// What holds after the last change.
    private let rest: RecurringZoneRule?

    private struct Change: Hashable, Sendable {
        /// Seconds since 1970 in UTC.
        let at: Int64
        /// Seconds east of Greenwich from then on.
        let offset: Int
    }

    /// The zone whose clocks show UTC.
    public static let utc = Self(name: "UTC", changes: [], first: 0, rest: nil)

    private init(name: String, changes: [Change], first: Int, rest: RecurringZoneRule?) {
        self.name = name
        self.changes = changes
        self.first = first
        self.rest = rest
    }

    /// Reads a file of the zone database.
    ///
    /// - Returns: `nil` when `bytes` are no such file, or hold anything that does not fit.
    public init?(name: String, tzif bytes: [UInt8]) {
        guard let file = ZoneFile(bytes) else { return nil }
        self.init(
            name: name,
            changes: file.changes.map { Change(at: $0.at, offset: $0.offset) },
            first: file.first,
            rest: file.rest
        )
    }

    /// How many seconds the clocks are ahead of UTC at a moment; negative west of Greenwich.
    public func offset(at moment: Timestamp) -> Int {
        offset(atSecond: moment.milliseconds.flooredQuotient(1000))
    }

    /// What the clocks show at a moment.
    public func local(at moment: Timestamp) -> LocalTime {
        LocalTime(asUTC: moment + .seconds(offset(at: moment)))
    }

    /// Which of two moments is meant by a time that the clocks show twice.
    public enum Pass: Hashable, Sendable {
        /// The one before the clocks were set back.
        case first
        /// The one after it.
        case second
    }

    /// The moment at which the clocks show a time.
    ///
    /// A time that they skip, as it does not occur when they are set forward, means as much later as
    /// it lies behind the jump, as RFC 5545, section 3.3.5, has it: 02:30 is then 03:30.
    ///
    /// - Parameters:
    ///   - local: The time.
    ///   - pass: Which moment is meant when the clocks show it twice.
    /// - Returns: The moment.
    public func moment(of local: LocalTime, _ pass: Pass = .first) -> Timestamp {
        let shown = local.asUTC.milliseconds.flooredQuotient(1000)
        // No clock is set twice within two days.
        let before = offset(atSecond: shown - 86_400)
        let after = offset(atSecond: shown + 86_400)
        let offsets = pass == .first ? [before, after] : [after, before]
        let fitting = offsets.first { offset(atSecond: shown - Int64($0)) == $0 }
        return local.asUTC + .seconds(-(fitting ?? before))
    }

    /// The moment so much later, where whole days are days of the calendar: the same time of day,
    /// whether or not the clocks were set meanwhile.
    public func moment(_ duration: Duration, after start: Timestamp) -> Timestamp {
        let days = duration.wholeMilliseconds.flooredQuotient(86_400_000)
        if days == 0 { return start + duration }
        let rest = Duration.milliseconds(duration.wholeMilliseconds - days * 86_400_000)
        return moment(of: local(at: start).adding(days: Int(days))) + rest
    }

    private func offset(atSecond second: Int64) -> Int {
        guard let last = changes.last else { return rest?.offset(at: second) ?? first }
        if second >= last.at { return rest?.offset(at: second) ?? last.offset }
        // The first change behind the moment.
        var (low, high) = (0, changes.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at > second { high = middle } else { low = middle + 1 }
        }
        return low == 0 ? first : changes[low - 1].offset
    }
}

/// Knows the rules of zones, by name.
public protocol ZoneSource: Sendable {
    /// The rules of the zone of this name, or `nil` when none is known.
    func rules(named name: String) -> ZoneRules?
}

/// Knows UTC alone.
public struct NoZones: ZoneSource {
    /// Knows UTC alone.
    public init() {}

    /// The rules of `UTC`.
    public func rules(named name: String) -> ZoneRules? { name == "UTC" ? .utc : nil }
}
