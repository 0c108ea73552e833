// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a quantity is measured in: a dimension, and the scale in which it is written.
///
/// The text form is the ``symbol``: `ratio % ‰`, `ns us ms s min h d w`, `B KB MB GB TB` (powers
/// of 1000) and `KiB MiB GiB TiB`, `/s /min /h /d /w` (events per time), `/5` (out of five), `count`
/// or the noun that is counted (`messages`), `number`, `x` (a factor), `$ € £`. A later version may
/// add symbols; nouns that are such a symbol then read as it.
public struct Unit: Hashable, Sendable, CustomStringConvertible {
    /// What is measured.
    @nonexhaustive
    public enum Dimension: String, Hashable, Sendable, CaseIterable {
        /// A part of a whole.
        case ratio
        /// A length of time.
        case duration
        /// An amount of data.
        case bytes
        /// A number of things.
        case count
        /// Events per time.
        case rate
        /// A number that counts nothing: a score, a factor, an amount of money.
        case dimensionless
    }

    /// What is measured.
    public let dimension: Dimension
    /// The canonical spelling, the same for equal units.
    public let symbol: String
    /// One of this unit is `numerator / denominator` of its dimension's base unit, which is 1,
    /// one nanosecond, one byte, one thing or one event a second.
    package let numerator: ExactDecimal
    /// See ``numerator``.
    package let denominator: ExactDecimal

    private init(
        _ dimension: Dimension,
        _ symbol: String,
        _ numerator: Int = 1,
        over denominator: ExactDecimal = 1
    ) {
        self.dimension = dimension
        self.symbol = symbol
        self.numerator = ExactDecimal(numerator)
        self.denominator = denominator
    }

    /// A part of 1.
    public static let ratio = Unit(.ratio, "ratio")
    /// A part of 100.
    public static let percent = Unit(.ratio, "%", over: 100)
    /// A part of 1000.
    public static let permille = Unit(.ratio, "‰", over: 1000)
    /// Nanoseconds.
    public static let nanoseconds = Unit(.duration, "ns")
    /// Microseconds.
    public static let microseconds = Unit(.duration, "us", 1000)
    /// Milliseconds.
    public static let milliseconds = Unit(.duration, "ms", 1_000_000)
    /// Seconds.
    public static let seconds = Unit(.duration, "s", 1_000_000_000)
    /// Minutes.
    public static let minutes = Unit(.duration, "min", 60_000_000_000)
    /// Hours.
    public static let hours = Unit(.duration, "h", 3_600_000_000_000)
    /// Days of 24 hours.
    public static let days = Unit(.duration, "d", 86_400_000_000_000)
    /// Weeks of seven days.
    public static let weeks = Unit(.duration, "w", 604_800_000_000_000)
    /// Bytes.
    public static let bytes = Unit(.bytes, "B")
    /// Kilobytes of 1000 bytes.
    public static let kilobytes = Unit(.bytes, "KB", 1000)
    /// Events per second.
    public static let perSecond = Unit(.rate, "/s")
    /// Events per minute.
    public static let perMinute = Unit(.rate, "/min", over: 60)
    /// Events per hour.
    public static let perHour = Unit(.rate, "/h", over: 3600)
    /// Events per day.
    public static let perDay = Unit(.rate, "/d", over: 86_400)
    /// Events per week.
    public static let perWeek = Unit(.rate, "/w", over: 604_800)
    /// Things, without saying which.
    public static let count = Unit(.count, "count")
    /// A plain number.
    public static let number = Unit(.dimensionless, "number")
    /// A factor: so many times something else.
    public static let times = Unit(.dimensionless, "x")

    /// The units with a symbol of their own.
    public static let standard: [Unit] =
        [
            ratio, percent, permille, nanoseconds, microseconds, milliseconds, seconds, minutes,
            hours, days, weeks, bytes, kilobytes, perSecond, perMinute, perHour, perDay, perWeek,
            count, number, times,
        ]
        + [("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)]
        .map { Unit(.bytes, $0.0, $0.1) }
        + [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)]
        .map { Unit(.bytes, $0.0, $0.1) }
        + currencies

    static let currencies = ["$", "€", "£"].map { Unit(.dimensionless, $0) }

    private static let bySymbol = Dictionary(
        uniqueKeysWithValues: standard.map { ($0.symbol, $0) }
    )

    /// Points out of `whole`, such as 4.5/5: a ratio.
    ///
    /// - Throws: ``MetricError``, code `value`, unless `whole` is above zero.
    public static func points(outOf whole: ExactDecimal) throws(MetricError) -> Unit {
        guard whole > 0 else { throw MetricError(.value, "'/\(whole)' is out of nothing") }
        return Unit(.ratio, "/\(whole)", over: whole)
    }

    /// A number of the things that `noun` names, such as `messages`.
    ///
    /// - Throws: ``MetricError``, code `syntax`, unless `noun` is words of letters, digits and
    ///   hyphens, each starting with a letter, with one space between, and no unit's symbol.
    public static func count(of noun: String) throws(MetricError) -> Unit {
        let words = noun.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        let isWellFormed = words.allSatisfy { word in
            word.first?.properties.isAlphabetic == true
                && word.allSatisfy {
                    $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-"
                        || $0.properties.canonicalCombiningClass != .notReordered
                }
        }
        guard isWellFormed, bySymbol[noun] == nil else {
            throw MetricError(.syntax, "'\(noun)' names nothing that can be counted")
        }
        return Unit(.count, noun)
    }

    /// Reads the text form.
    ///
    /// - Throws: ``MetricError``, code `syntax`, when `symbol` is neither a unit nor a noun.
    public init(symbol: String) throws(MetricError) {
        if let unit = Self.bySymbol[symbol] {
            self = unit
        } else if symbol.utf8.first == UInt8(ascii: "/") {
            let whole = try ExactDecimal(String(symbol.dropFirst()))
            self = try .points(outOf: whole)
            guard self.symbol == symbol else {
                throw MetricError(.syntax, "'\(symbol)' is not written as '\(self.symbol)'")
            }
        } else {
            self = try .count(of: symbol)
        }
    }

    /// Tells whether quantities of both units can be compared.
    ///
    /// The dimension decides. What is counted does not, and a plain number compares with a count;
    /// two currencies, or a factor and a score, do not compare.
    public func isComparable(with other: Unit) -> Bool {
        let counts: Set<Dimension> = [.count, .dimensionless]
        if dimension == .dimensionless || other.dimension == .dimensionless {
            return symbol == other.symbol
                || [self, other].allSatisfy {
                    counts.contains($0.dimension) && ($0.dimension == .count || $0 == .number)
                }
        }
        return dimension == other.dimension
    }

    /// The symbol.
    public var description: String { symbol }

    /// The rate of events per this length of time, or `nil` for other units.
    package var rate: Unit? { dimension == .duration ? Self.bySymbol["/" + symbol] : nil }
}

extension Unit: JSONConvertible {
    /// A JSON string: the symbol.
    public var json: JSONValue { .string(symbol) }

    /// Reads the symbol from a JSON string.
    ///
    /// - Throws: ``JSONError`` when `json` is no string that is a unit's text form.
    public init(json: JSONValue) throws(JSONError) {
        let text = try String(json: json)
        do {
            try self.init(symbol: text)
        } catch {
            throw error.inJSON
        }
    }
}
