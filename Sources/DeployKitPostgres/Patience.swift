// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    /// How long one call waits for the server.
    struct Patience {
        /// How long a cancelled call still waits: enough for a server that answers at all, because
        /// who was interrupted wants to record that.
        static let grace = Duration.seconds(2)

        private let span: Duration
        private var deadline: ContinuousClock.Instant
        private var isShort = false

        init(_ span: Duration) {
            self.span = span
            deadline = .now + span
        }

        /// The milliseconds that are left, as `poll` takes them; zero when none are.
        var milliseconds: Int32 {
            let rest = (deadline - .now) / .milliseconds(1)
            return Int32(max(0, min(rest.rounded(.up), 1_000_000_000)))
        }

        var isOver: Bool { deadline <= .now }

        /// Starts anew, because the server gave something; not once the call is cancelled.
        mutating func renew() {
            if !isShort { deadline = .now + span }
        }

        /// Shortens what is left, because the call is cancelled.
        mutating func shorten() {
            isShort = true
            deadline = min(deadline, .now + Self.grace)
        }
    }
#endif
