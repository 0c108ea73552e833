// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Call {
    /// The end of a day that stands for the day.
    enum DayEnd: String {
        case begins = "00:00:00.000"
        case ends = "23:59:59.999"
    }

    /// The moment that an option names: a day in UTC, or a moment as the log writes it.
    ///
    /// - Throws: `UsageError` for anything else.
    func day(_ name: String, _ end: DayEnd) throws(UsageError) -> Timestamp? {
        guard let text = arguments[name] else { return nil }
        guard let moment = Timestamp("\(text)T\(end.rawValue)Z") ?? Timestamp(text) else {
            throw UsageError(
                "--\(name) is '\(text)'; it is a day such as 2026-09-30, or a moment such as "
                    + "2026-09-30T12:00:00.000Z"
            )
        }
        return moment
    }

    /// The moment that what is made now is from: SOURCE_DATE_EPOCH, where it is set, so that the
    /// same log gives the same bytes.
    ///
    /// - Throws: `UsageError` when that is no number of seconds.
    func generatedAt() throws(UsageError) -> Timestamp {
        guard let text = environment["SOURCE_DATE_EPOCH"] else { return SystemClock().now() }
        guard let seconds = Int64(text), (0...253_402_300_799).contains(seconds) else {
            throw UsageError("SOURCE_DATE_EPOCH is '\(text)'; it is a number of seconds since 1970")
        }
        return Timestamp(milliseconds: seconds * 1000)
    }
}
