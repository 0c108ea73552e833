// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Dispatch
public import DeployKit

/// A clock that stands still until it is told to move.
///
/// Copies of the reference show the same time, on any thread.
public final class FixedClock: WallClock, @unchecked Sendable {
    // Safe because `moment` is touched on this queue only.
    private let queue = DispatchQueue(label: "deploykit.fixed-clock")
    private var moment: Timestamp

    /// A clock that shows `moment`; by default 2026-01-01T00:00:00.000Z.
    public init(_ moment: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        self.moment = moment
    }

    /// The moment shown.
    public func now() -> Timestamp { queue.sync { moment } }

    /// Moves the clock, backwards where `duration` is negative.
    ///
    /// - Returns: The moment shown from now on.
    @discardableResult
    public func advance(by duration: Duration) -> Timestamp {
        queue.sync {
            moment = moment + duration
            return moment
        }
    }

    /// Sets the clock to `moment`.
    public func set(to moment: Timestamp) {
        queue.sync { self.moment = moment }
    }
}
