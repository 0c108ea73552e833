// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    public import DeployKit

    /// Keeps an audit log in a PostgreSQL database, for many machines at once.
    ///
    /// The rows are those of `SQLiteAuditStore`, byte by byte, in a schema of their own. A writer
    /// locks one row, the head, before it looks, so that the order of the log is that of the
    /// commits and has no gap; an append that returned survives the server's death
    /// (`synchronous_commit` is on, and a server with `fsync` off is not written to). An append
    /// whose commit nobody answered, because the connection went, is looked for on the next
    /// connection before it is made again or reported.
    ///
    /// Every call waits on a thread of the store's own. It waits `busyTimeout` for another writer,
    /// and `patience` for a server that gives nothing; a task that is cancelled waits two seconds
    /// more, because who is interrupted wants to record that.
    ///
    /// What is erased is gone for everybody who reads the store. The server's own files keep
    /// remnants until `VACUUM FULL` has rewritten the table and the write-ahead log is recycled;
    /// its backups and standbys are its administrator's.
    public actor PostgresAuditStore: AuditStore {
        /// What the store is opened for.
        public enum Access: Hashable, Sendable {
            /// To append and to read; the tables are made in a schema that has none where `create`
            /// is true.
            case readWrite(create: Bool)
            /// To read only.
            case readOnly
        }

        /// What a role may do with the store.
        public enum Right: String, Hashable, Sendable, CaseIterable {
            /// Append and read: add rows, lock the head, forget attachments. Neither change nor
            /// delete anything.
            case write
            /// Read.
            case read
        }

        /// Where the store is.
        public nonisolated let address: PostgresAddress

        private let thread = StoreThread()
        private let link: Link
        private var holds = 0

        /// The thread that all work of this store runs on.
        public nonisolated var unownedExecutor: UnownedSerialExecutor {
            thread.asUnownedSerialExecutor()
        }

        /// Opens the store at `address`, or makes it.
        ///
        /// - Parameters:
        ///   - address: Where the store is.
        ///   - access: What the store is opened for; by default to append, and made where missing.
        ///   - busyTimeout: How long to wait for another writer, 5 seconds by default.
        ///   - patience: How long to wait for a server that gives nothing, 15 seconds by default.
        /// - Throws: ``AuditStoreError``. Code `notAStore`: the schema is not exactly a store's.
        ///   Code `newerVersion`: written by a newer version. Code `readOnly`: the role may not do
        ///   this. Code `unavailable`: no such server, database, role or store, or anything else.
        public init(
            _ address: PostgresAddress,
            access: Access = .readWrite(create: true),
            busyTimeout: Duration = .seconds(5),
            patience: Duration = .seconds(15)
        ) async throws(AuditStoreError) {
            guard let interrupt = Interrupt() else {
                throw AuditStoreError(.unavailable, "the process has no descriptors left")
            }
            self.address = address
            link = Link(
                Session.Options(
                    address: address,
                    access: access,
                    busyTimeout: busyTimeout,
                    interrupt: interrupt
                ),
                patience: patience
            )
            try await working { link throws(AuditStoreError) in try link.open() }
        }

        /// Closes the connection; every later call throws ``AuditStoreError`` of code `unavailable`.
        ///
        /// A store that is not closed is closed when the last reference to it goes.
        public func close() {
            link.close()
        }

        /// Gives a role of the server the right to use the store; only its owner can.
        ///
        /// - Throws: ``AuditStoreError``, code `readOnly` when this role is not the owner, code
        ///   `unavailable` when there is no such role.
        public func grant(_ right: Right, to role: String) async throws(AuditStoreError) {
            guard !role.isEmpty, !role.utf8.contains(0) else {
                throw AuditStoreError(.unavailable, "a role has a name")
            }
            try await onSession { session throws(Trouble) in
                let name = "\"" + role.replacing("\"", with: "\"\"") + "\""
                try session.within(.begin) { () throws(Trouble) in
                    for statement in session.schema.grants(right, to: name) {
                        try session.exchange(Request(.once(statement)))
                    }
                }
            }
        }

        /// Looks for contradictions between the rows: some that are missing, derived rows that
        /// differ from what they derive from.
        ///
        /// Reads every index. What the rows say is not judged here; the hash tree does that.
        ///
        /// - Returns: What was found, in sentences; empty when the store is sound.
        public func faults() async throws(AuditStoreError) -> [String] {
            try await onSession { session throws(Trouble) in try session.faults() }
        }

        /// Appends in one transaction that holds the lock of the head from its first look on.
        ///
        /// Beyond the promise, the code is `damaged` where the tree holds another number of nodes
        /// than the batch was made for.
        public func append(_ batch: AuditBatch) async throws(AuditStoreError) {
            try batch.checkShape()
            defer { if link.isHolding { letGoSoon() } }
            try await working { link throws(AuditStoreError) in try link.append(batch) }
        }

        /// Lets others at the head unless whoever was overtaken comes back in time.
        private func letGoSoon() {
            holds += 1
            Task { [weak self, holds] in
                // A sleep that is cut short only lets go earlier.
                try? await Task.sleep(for: .milliseconds(250))
                await self?.letGo(holds)
            }
        }

        private func letGo(_ hold: Int) {
            if hold == holds, link.isHolding { link.letGo() }
        }

        /// Adds to the promise: a head and records that contradict each other are `damaged`.
        public func count() async throws(AuditStoreError) -> Int {
            try await onSession { session throws(Trouble) in try session.count() }
        }

        /// Adds to the promise: a gap in the positions is `damaged`.
        public func records(
            in positions: Range<Int>
        ) async throws(AuditStoreError) -> [AuditRecord] {
            try await onSession { session throws(Trouble) in try session.records(in: positions) }
        }

        /// Adds to the promise: a gap in the revisions, or fewer than the summary says, is
        /// `damaged`.
        public func records(
            of stream: StreamID,
            from revision: Int,
            limit: Int
        ) async throws(AuditStoreError) -> [AuditRecord] {
            try await onSession { session throws(Trouble) in
                try session.records(of: stream, from: revision, limit: limit)
            }
        }

        /// Costs O(`limit`) for a prefix that ends its first path component, as `deployment/` does.
        public func streams(
            withPrefix prefix: String,
            before position: Int?,
            limit: Int
        ) async throws(AuditStoreError) -> [StreamSummary] {
            try await onSession { session throws(Trouble) in
                try session.streams(withPrefix: prefix, before: position, limit: limit)
            }
        }

        /// Read from the derived table, at the cost of one look-up.
        public func summary(of stream: StreamID) async throws(AuditStoreError) -> StreamSummary? {
            try await onSession { session throws(Trouble) in try session.summary(of: stream) }
        }

        /// Read as of one moment.
        public func nodes(at indexes: [Int]) async throws(AuditStoreError) -> [Digest] {
            try await onSession { session throws(Trouble) in try session.nodes(at: indexes) }
        }

        /// The blob is not hashed here.
        public func blob(_ digest: Digest) async throws(AuditStoreError) -> Blob? {
            try await onSession { session throws(Trouble) in try session.blob(digest) }
        }

        /// Read from the index of digests.
        public func blobs(
            after digest: Digest?,
            limit: Int
        ) async throws(AuditStoreError) -> [Digest] {
            try await onSession { session throws(Trouble) in
                try session.blobs(after: digest, limit: limit)
            }
        }

        /// Has the server write the blobs anew (`VACUUM FULL`), where this role is the owner of the
        /// store; `busy` while others use them, and without effect on what a transaction that began
        /// before the erasure might still see. What its write-ahead log, its standbys and its
        /// backups hold stays there.
        public func forgetErased() async throws(AuditStoreError) {
            try await onSession { session throws(Trouble) in try session.forgetErased() }
        }

        /// Read at the cost of one look-up.
        public func positions(forKey key: Digest) async throws(AuditStoreError) -> Range<Int>? {
            try await positions(forKeys: [key])[0]
        }

        /// Read as of one moment.
        public func positions(
            forKeys keys: [Digest]
        ) async throws(AuditStoreError) -> [Range<Int>?] {
            try await onSession { session throws(Trouble) in try session.positions(forKeys: keys) }
        }

        private func onSession<Value: Sendable>(
            _ body: (Session) throws(Trouble) -> Value
        ) async throws(AuditStoreError) -> Value {
            try await working { link throws(AuditStoreError) in try link.perform(body) }
        }

        /// Runs `body`, and lets the cancellation of the task shorten its wait.
        private func working<Value: Sendable>(
            _ body: (Link) throws(AuditStoreError) -> Value
        ) async throws(AuditStoreError) -> Value {
            let interrupt = link.interrupt
            interrupt.clear()
            // The handler takes no typed errors.
            let result = await withTaskCancellationHandler {
                Result { () throws(AuditStoreError) in try body(link) }
            } onCancel: {
                interrupt.fire()
            }
            return try result.get()
        }
    }
#endif
