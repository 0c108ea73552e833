// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    /// The way to the server: one session at a time, made anew when it was lost.
    final class Link {
        private let options: Session.Options
        private let patience: Duration
        private var session: Session?
        private var isClosed = false

        /// How often a transaction that others were in the way of is begun.
        private static let attempts = 20

        var interrupt: Interrupt { options.interrupt }

        init(_ options: Session.Options, patience: Duration) {
            self.options = options
            self.patience = patience
        }

        /// Opens the first session; whoever cannot is told at once.
        func open() throws(AuditStoreError) {
            do throws(Trouble) {
                session = try Session(options, patience: Patience(patience))
            } catch {
                throw error.error
            }
        }

        /// Whether an append that was overtaken still keeps others from the head.
        var isHolding: Bool { session?.isHolding ?? false }

        /// Lets others at the head.
        func letGo() {
            session?.connection.begin(Patience(.seconds(1)), heedsCancellation: false)
            // A connection on which even that fails is not used again.
            do throws(Trouble) { try session?.letGo() } catch { session = nil }
        }

        func close() {
            session = nil
            isClosed = true
        }

        /// Runs `body`, and again on a new connection when the old one was lost meanwhile: `body`
        /// reads, or finds out by itself what became of what it wrote.
        ///
        /// - Parameters:
        ///   - duration: How long `body` may wait for what need not come.
        ///   - body: What is done on a session.
        /// - Returns: What `body` returned.
        /// - Throws: `AuditStoreError`, what `body` or the last attempt to connect ended with.
        func perform<Value>(
            waiting duration: Duration = .zero,
            _ body: (Session) throws(Trouble) -> Value
        ) throws(AuditStoreError) -> Value {
            guard !isClosed else {
                throw AuditStoreError(.unavailable, "\(options.address) was closed")
            }
            let limit = Patience(patience + duration)
            var attempt = 0
            while true {
                attempt += 1
                do throws(Trouble) {
                    let session = try live(limit)
                    session.connection.begin(Patience(patience + duration))
                    return try body(session)
                } catch {
                    if session?.connection.isUsable == false { session = nil }
                    // A transaction in which something failed gives no more answers.
                    if error.kind != .overtaken {
                        // A connection on which even that fails is not used again.
                        do throws(Trouble) { try session?.letGo() } catch { session = nil }
                    }
                    switch error.kind {
                    case .answered, .gaveUp, .overtaken: throw error.error
                    case .collided:
                        guard attempt < Self.attempts else { throw error.error }
                    case .dropped:
                        guard !limit.isOver else { throw error.error }
                        pause(attempt)
                    }
                }
            }
        }

        /// Appends a batch; one whose commit nobody answered is looked for first.
        func append(_ batch: AuditBatch) throws(AuditStoreError) {
            try perform(waiting: options.busyTimeout) { session throws(Trouble) in
                try session.prepare(batch)
                // From here on only the answer tells: it is waited for, whoever loses interest.
                session.connection.begin(Patience(patience), heedsCancellation: false)
                do throws(Trouble) {
                    try session.write(batch)
                } catch {
                    guard !session.connection.isUsable else { throw error }
                    self.session = nil
                    if try isWritten(batch, after: error.error) { return }
                    // It is not in the log and never will be: to be made again.
                    throw Trouble(.dropped, error.error)
                }
            }
        }

        private func live(_ limit: Patience) throws(Trouble) -> Session {
            if let session, session.connection.isUsable { return session }
            let made = try Session(options, patience: limit)
            session = made
            return made
        }

        /// Finds out whether a batch was written by a session that was lost.
        private func isWritten(
            _ batch: AuditBatch,
            after cause: AuditStoreError
        ) throws(Trouble) -> Bool {
            let limit = Patience(patience)
            var attempt = 0
            while !limit.isOver {
                attempt += 1
                do throws(Trouble) {
                    let made = try Session(options, patience: limit, heedsCancellation: false)
                    let found = try made.contains(batch)
                    session = made
                    return found
                } catch {
                    // The server starts again, or the lost session still holds the lock.
                    pause(attempt)
                }
            }
            throw Trouble(
                .answered,
                AuditStoreError(
                    .unknownOutcome,
                    "the connection was lost during the commit, and whether the batch is in the "
                        + "log could not be found out; look for its idempotency key before trying "
                        + "again",
                    underlying: cause
                )
            )
        }

        private func pause(_ attempt: Int) {
            interrupt.sleep(milliseconds: Int32(min(20 << min(attempt, 5), 500)))
        }
    }
#endif
