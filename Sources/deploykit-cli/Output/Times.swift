// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Timestamp {
    /// To the minute, in UTC, for people: `2026-11-21 09:10`.
    var minute: String {
        let text = description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// As ``minute``, without the date where that is the day of `other`.
    func minute(besides other: Timestamp) -> String {
        let isSameDay = description.prefix(10) == other.description.prefix(10)
        return isSameDay ? String(minute.suffix(5)) : minute
    }
}

extension Digest {
    /// The first 12 digits, for people.
    var short: String { String(hex.prefix(12)) }
}
