// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// The rule that a zone follows from its last recorded change on: the text at the end of a file of
/// the zone database, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// The form is that of the variable TZ in POSIX.1-2024, section 8.3, with hours up to 167 (RFC 9636,
/// section 3.3.2).
struct RecurringZoneRule: Hashable, Sendable {
    private let standard: Int
    private let summer: Summer?

    private struct Summer: Hashable, Sendable {
        let offset: Int
        let begin: YearDay
        let end: YearDay
    }

    /// A day of every year, and the second of it by the clock that is changed.
    private struct YearDay: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// The n-th such weekday of a month, 0 for Sunday; the fifth is the last.
            case weekday(month: Int, week: Int, day: Int)
            /// The day from 1 to 365; 29 February does not count.
            case julian(Int)
            /// The day from 0 to 365, 29 February included.
            case ordinal(Int)
        }
        let day: Day
        let second: Int
    }

    init?(_ text: ArraySlice<UInt8>) {
        var text = text
        guard Self.skipName(&text), let west = Self.time(&text, mostHours: 24) else { return nil }
        standard = -west
        if text.isEmpty {
            summer = nil
            return
        }
        guard Self.skipName(&text) else { return nil }
        var offset = standard + 3600
        if text.first != UInt8(ascii: ",") {
            guard let west = Self.time(&text, mostHours: 24) else { return nil }
            offset = -west
        }
        guard let begin = Self.yearDay(&text), let end = Self.yearDay(&text), text.isEmpty else {
            return nil
        }
        summer = Summer(offset: offset, begin: begin, end: end)
    }

    /// Seconds east of Greenwich at so many seconds after the start of 1970.
    func offset(at second: Int64) -> Int {
        guard let summer else { return standard }
        let year = Timestamp.year(
            daysSinceEpoch: (second + Int64(standard)).flooredQuotient(86_400)
        )
        let begin = Self.second(of: summer.begin, in: year) - Int64(standard)
        let end = Self.second(of: summer.end, in: year) - Int64(summer.offset)
        let isSummer =
            begin < end ? begin <= second && second < end : second >= begin || second < end
        return isSummer ? summer.offset : standard
    }

    /// The seconds by the clock on the wall, as if it showed UTC.
    private static func second(of day: YearDay, in year: Int64) -> Int64 {
        let first = Timestamp.daysSinceEpoch(year: year, month: 1, day: 1)
        let isLeap = Timestamp.daysInMonth(2, year: year) == 29
        let number: Int64
        switch day.day {
        case .ordinal(let ordinal): number = first + Int64(ordinal)
        case .julian(let julian):
            number = first + Int64(julian - (isLeap && julian >= 60 ? 0 : 1))
        case .weekday(let month, let week, let weekday):
            let start = Timestamp.daysSinceEpoch(year: year, month: Int64(month), day: 1)
            // 1970-01-01 was a Thursday, 4 from Sunday on.
            let ahead = (Int64(weekday) - (start + 4)) % 7
            var date = (ahead + 7) % 7 + Int64(week - 1) * 7
            while date >= Timestamp.daysInMonth(Int64(month), year: year) { date -= 7 }
            number = start + date
        }
        return number * 86_400 + Int64(day.second)
    }

    // MARK: Reading

    /// Three or more letters, or letters, digits and signs in angle brackets.
    private static func skipName(_ text: inout ArraySlice<UInt8>) -> Bool {
        if text.first == UInt8(ascii: "<") {
            guard let end = text.firstIndex(of: UInt8(ascii: ">")) else { return false }
            text = text[(end + 1)...]
            return true
        }
        let name = text.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        text = text.dropFirst(name.count)
        return name.count >= 3
    }

    private static func number(_ text: inout ArraySlice<UInt8>, _ range: ClosedRange<Int>) -> Int? {
        let digits = text.prefix { (0x30...0x39).contains($0) }
        guard (1...3).contains(digits.count) else { return nil }
        text = text.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        return range.contains(value) ? value : nil
    }

    private static func skip(_ byte: UInt8, _ text: inout ArraySlice<UInt8>) -> Bool {
        guard text.first == byte else { return false }
        text = text.dropFirst()
        return true
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    private static func time(_ text: inout ArraySlice<UInt8>, mostHours: Int) -> Int? {
        let isNegative = skip(UInt8(ascii: "-"), &text)
        if !isNegative { _ = skip(UInt8(ascii: "+"), &text) }
        guard var seconds = number(&text, 0...mostHours).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] {
            guard skip(UInt8(ascii: ":"), &text) else { break }
            guard let value = number(&text, 0...59) else { return nil }
            seconds += value * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d`, `,Jn` or `,n`, and `/time` where it is not 02:00.
    private static func yearDay(_ text: inout ArraySlice<UInt8>) -> YearDay? {
        guard skip(UInt8(ascii: ","), &text) else { return nil }
        let day: YearDay.Day
        let dot = UInt8(ascii: ".")
        if skip(UInt8(ascii: "M"), &text) {
            guard let month = number(&text, 1...12), skip(dot, &text),
                let week = number(&text, 1...5), skip(dot, &text),
                let weekday = number(&text, 0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if skip(UInt8(ascii: "J"), &text) {
            guard let julian = number(&text, 1...365) else { return nil }
            day = .julian(julian)
        } else {
            guard let ordinal = number(&text, 0...365) else { return nil }
            day = .ordinal(ordinal)
        }
        var second = 7200
        if skip(UInt8(ascii: "/"), &text) {
            guard let time = time(&text, mostHours: 167) else { return nil }
            second = time
        }
        return YearDay(day: day, second: second)
    }
}
