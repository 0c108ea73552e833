// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00.000Z.
///
/// Its text has always 24 bytes, `YYYY-MM-DDTHH:MM:SS.sssZ`, and nothing else is read: no other
/// zone, no other precision, no leap second, no day that the calendar does not have.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Milliseconds since the start of 1970; negative before it.
    public let milliseconds: Int64

    /// The moment `milliseconds` after the start of 1970.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads the text form.
    ///
    /// - Returns: `nil` when `text` is not exactly the form that ``description`` writes.
    public init?(_ text: String) {
        self.init(Array(text.utf8)[...])
    }

    /// Reads the bytes of the text form.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.template.utf8.count else { return nil }
        for (byte, expected) in zip(bytes, Self.template.utf8) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard expected == UInt8(ascii: "0") ? isDigit : byte == expected else { return nil }
        }
        let start = bytes.startIndex
        func number(_ range: Range<Int>) -> Int64 {
            var number: Int64 = 0
            for offset in range { number = number * 10 + Int64(bytes[start + offset] - 0x30) }
            return number
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60,
            day <= Self.daysInMonth(month, year: year)
        else { return nil }
        let seconds =
            ((Self.daysSinceEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute)
            * 60 + second
        milliseconds = seconds * 1000 + number(20..<23)
    }

    private static let template = "0000-00-00T00:00:00.000Z"

    /// The text form, 24 bytes for every year from 0000 to 9999.
    public var description: String {
        let days = milliseconds.flooredQuotient(86_400_000)
        let rest = milliseconds - days * 86_400_000
        let date = Self.civilDate(daysSinceEpoch: days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func write(_ value: Int64, _ width: Int, _ end: UInt8) {
            var divisor: Int64 = [1, 10, 100, 1000][width - 1]
            while divisor > 0 {
                text.append(0x30 + UInt8(value / divisor % 10))
                divisor /= 10
            }
            text.append(end)
        }
        if 0...9999 ~= date.year {
            write(date.year, 4, UInt8(ascii: "-"))
        } else {
            text += Array("\(date.year)-".utf8)
        }
        write(date.month, 2, UInt8(ascii: "-"))
        write(date.day, 2, UInt8(ascii: "T"))
        write(rest / 3_600_000, 2, UInt8(ascii: ":"))
        write(rest / 60_000 % 60, 2, UInt8(ascii: ":"))
        write(rest / 1000 % 60, 2, UInt8(ascii: "."))
        write(rest % 1000, 3, UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Tells whether `left` is earlier.
    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `duration` later; parts of a millisecond are cut off.
    public static func + (moment: Self, duration: Duration) -> Self {
        Self(milliseconds: moment.milliseconds + duration.wholeMilliseconds)
    }

    /// The time from `earlier` to `later`.
    public static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }

    static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both directions count from 1 March 0000, where the leap day ends a year: see Howard
    // Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    /// The year that a day of UTC lies in.
    static func year(daysSinceEpoch days: Int64) -> Int64 { civilDate(daysSinceEpoch: days).year }

    private static func civilDate(
        daysSinceEpoch: Int64
    ) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Timestamp: JSONConvertible {
    /// A JSON string of 24 bytes.
    public var json: JSONValue { .string(description) }

    /// Reads the text form from a JSON string.
    ///
    /// - Throws: ``JSONError`` when `json` is no string of that form.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        guard let moment = Self(text) else {
            // What people write by hand lacks milliseconds, or the time of day.
            let whole = [String(text.dropLast()) + ".000Z", text + "T00:00:00.000Z"]
                .first { Self($0) != nil }
            throw JSONError(
                .value,
                "'\(text)' is no moment of the form YYYY-MM-DDTHH:MM:SS.sssZ"
                    + (whole.map { "; write '\($0)'" } ?? "")
            )
        }
        self = moment
    }
}

extension Duration {
    /// The duration in milliseconds; parts of one are cut off.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension Duration: JSONConvertible {
    /// A JSON integer, in milliseconds.
    public var json: JSONValue { .integer(wholeMilliseconds) }

    /// Reads a JSON integer of milliseconds.
    ///
    /// - Throws: ``JSONError`` when `json` is no integer, or a negative one.
    public init(json: JSONValue) throws(JSONError) {
        guard let milliseconds = json.integer, milliseconds >= 0 else {
            throw JSONError(.value, "a duration is a number of milliseconds, 0 or more")
        }
        self = .milliseconds(milliseconds)
    }
}

extension Int64 {
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
