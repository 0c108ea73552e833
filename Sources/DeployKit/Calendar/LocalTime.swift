// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A date and a time of day as a clock on the wall shows them, without saying in which zone.
///
/// The text form is `YYYY-MM-DDTHH:MM`, to the minute; a date alone means its midnight.
public struct LocalTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The moment at which a clock that shows UTC would show this.
    let asUTC: Timestamp

    init(asUTC: Timestamp) {
        self.asUTC = asUTC
    }

    /// Reads the text form, or a date alone.
    ///
    /// - Returns: `nil` when `text` is neither, or names a day that the calendar does not have.
    public init?(_ text: String) {
        let time = text.utf8.count == 10 ? "\(text)T00:00" : text
        guard time.utf8.count == 16, let moment = Timestamp("\(time):00.000Z") else { return nil }
        asUTC = moment
    }

    /// The text form; seconds are cut off.
    public var description: String { String(asUTC.description.prefix(16)) }

    /// Tells whether `left` is earlier on the clock.
    public static func < (left: Self, right: Self) -> Bool { left.asUTC < right.asUTC }

    /// The same time of day, so many days later, or earlier when negative.
    public func adding(days: Int) -> Self { Self(asUTC: asUTC + .days(days)) }

    /// The day of the week.
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        Weekday.allCases[Int((dayNumber + 3) - 7 * ((dayNumber + 3).flooredQuotient(7)))]
    }

    /// Midnight of the same day.
    public var midnight: Self { Self(asUTC: Timestamp(milliseconds: dayNumber * 86_400_000)) }

    /// Days since 1970-01-01.
    private var dayNumber: Int64 { asUTC.milliseconds.flooredQuotient(86_400_000) }
}

/// A day of the week.
public enum Weekday: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Monday.
    case monday = "mon"
    /// Tuesday.
    case tuesday = "tue"
    /// Wednesday.
    case wednesday = "wed"
    /// Thursday.
    case thursday = "thu"
    /// Friday.
    case friday = "fri"
    /// Saturday.
    case saturday = "sat"
    /// Sunday.
    case sunday = "sun"
}

extension LocalTime: JSONConvertible {
    /// The text form as a JSON string.
    public var json: JSONValue { description.json }

    /// Reads the text form, or a date alone.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let time = Self(text) else {
            throw JSONError(.value, "'\(text)' is no local time of the form YYYY-MM-DDTHH:MM")
        }
        self = time
    }
}
