// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    /// Why an exchange with the server did not go well, and what that means for what was asked.
    struct Trouble: Error {
        enum Kind {
            /// The server said no; a transaction that was open has done nothing.
            case answered
            /// The batch came too late, and the transaction is open for the next attempt.
            case overtaken
            /// Another transaction was in the way: to be begun again.
            case collided
            /// The connection is gone; what was under way has happened or not.
            case dropped
            /// Patience ended, and the connection with it; what was under way has happened or not.
            case gaveUp
        }

        let kind: Kind
        let error: AuditStoreError

        init(_ kind: Kind, _ error: AuditStoreError) {
            self.kind = kind
            self.error = error
        }
    }

    /// What the server itself says, for whoever digs.
    struct PostgresFailure: Error, Hashable, CustomStringConvertible {
        /// The five characters of an SQLSTATE:
        /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
        let state: String
        /// The primary message, made visible; details, which hold row values, are left out.
        let message: String

        var description: String { "SQLSTATE \(state): \(message)" }

        /// - Parameters:
        ///   - state: The SQLSTATE.
        ///   - message: What the server wrote, which may be anything.
        init(state: String, message: String) {
            self.state = Self.visible(state, limit: 5)
            self.message = Self.visible(message, limit: 300)
        }

        /// One line of text that moves no cursor.
        static func visible(_ text: String, limit: Int) -> String {
            let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            return VisibleText.render(String(line.prefix(limit)))
        }

        /// The error of the store for this one, where `place` names the store.
        func error(at place: String) -> AuditStoreError {
            let (code, message) = sentence(place)
            return AuditStoreError(code, message, underlying: self)
        }

        private func sentence(_ place: String) -> (AuditStoreError.Code, String) {
            switch state {
            case "55P03", "57014":
                (.busy, "another writer holds the lock of \(place)")
            case "40001", "40P01":
                (.busy, "other transactions were in the way in \(place): \(message)")
            case "53100":
                (.full, "the server has no room left to write \(place)")
            case "42501":
                (.readOnly, "the role may not do this with \(place): \(message)")
            case "25006":
                (.readOnly, "\(place) is open for reading only, or a standby")
            case "54000", "22021", "53200":
                (.invalidBatch, "a record or blob is too large for \(place)")
            case _ where state.hasPrefix("22") || state.hasPrefix("23"):
                (.damaged, "\(place) contradicts itself: \(message)")
            case "3D000", "3F000":
                (.unavailable, "there is no such place as \(place): \(message)")
            default:
                (.unavailable, "\(place) could not be used: \(message) (SQLSTATE \(state))")
            }
        }

        /// Whether the transaction did nothing and may simply be begun again.
        ///
        /// A serialization failure, a deadlock, and a row that another writer made first.
        var isCollision: Bool { ["40001", "40P01", "23505"].contains(state) }
    }
#endif
