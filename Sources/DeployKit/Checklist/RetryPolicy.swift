// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How often an item is tried by itself.
///
/// Only what is of effect `none` or `idempotent` is tried again without a person; each try is an
/// attempt of its own in the log.
public struct RetryPolicy: Hashable, Sendable {
    /// How many attempts there are at the most, from 2 to 20.
    public let attempts: Int
    /// How long to wait after the first attempt, up to a day; the pause doubles from attempt to
    /// attempt, to an hour at the most.
    public let delay: Duration

    /// The limits of attempts``.
    public static let limits = 2...20

    /// So many attempts.
    ///
    /// - Returns: `nil` for fewer than 2 attempts, more than 20, or a pause below zero or above a
    ///   day.
    public init?(attempts: Int, delay: Duration = .seconds(1)) {
        guard Self.limits.contains(attempts), delay >= .zero, delay <= .hours(24) else {
            return nil
        }
        self.attempts = attempts
        self.delay = delay
    }

    /// How long to wait after attempt `attempt`, counting from 1.
    public func pause(after attempt: Int) -> Duration {
        let doublings = min(max(attempt - 1, 0), 12)
        return max(delay, min(delay * (1 << doublings), .hours(1)))
    }
}

extension RetryPolicy: JSONConvertible {
    /// An object with `attempts` and `delay` in milliseconds.
    public var json: JSONValue {
        .members(["attempts": attempts.json, "delay": delay.json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or beyond the limits.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let attempts: Int = try members.required("attempts")
        let delay: Duration = try members.required("delay")
        try members.finish()
        guard let policy = RetryPolicy(attempts: attempts, delay: delay) else {
            throw JSONError(
                .value,
                "2 to 20 attempts are made, with pauses of up to a day between them",
                path: ["attempts"]
            )
        }
        self = policy
    }
}
