// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    /// One connection to a store whose schema was found to be right.
    final class Session {
        /// No log is longer: the canonical JSON of a header has no larger numbers.
        static let mostRecords = 1 << 53

        /// What a session is opened with.
        struct Options {
            let address: PostgresAddress
            let access: PostgresAuditStore.Access
            let busyTimeout: Duration
            let interrupt: Interrupt
        }

        let connection: Connection
        let statements: Statements
        let schema: StoreSchema
        let place: String
        /// Whether the transaction of an append that was overtaken is open, and holds the head.
        var isHolding = false
        /// Whether the last append was overtaken.
        var hasLost = false
        /// Whether the server tells when the log grows; `nil` before it was asked to.
        private var tells: Bool?

        /// Connects, makes the store where asked, and checks it before a row is read.
        init(
            _ options: Options,
            patience: Patience,
            heedsCancellation: Bool = true
        ) throws(Trouble) {
            connection = try Connection(
                options.address,
                interrupt: options.interrupt,
                patience: patience,
                heedsCancellation: heedsCancellation
            )
            schema = StoreSchema(options.address.schema)
            statements = Statements(schema: schema.quoted)
            place = options.address.description
            try configure(options)
            var version = try version()
            if version < StoreSchema.version, case .readWrite(let create) = options.access,
                create || version > 0
            {
                try migrate()
                version = try self.version()
            }
            try check(version)
        }

        /// One request.
        func exchange(
            _ requests: Request...,
            row: (Int, Row) throws(AuditStoreError) -> Void = { _, _ in }
        ) throws(Trouble) {
            try connection.exchange(requests, row: row)
        }

        /// Runs `body` in a transaction that ends with it.
        func within<Value>(
            _ begin: Query,
            _ body: () throws(Trouble) -> Value
        ) throws(Trouble) -> Value {
            try letGo()
            try exchange(Request(begin))
            do throws(Trouble) {
                let value = try body()
                try exchange(Request(.commit))
                return value
            } catch {
                try rollBack()
                throw error
            }
        }

        /// Ends the transaction; where the connection is gone, the server does that.
        func rollBack() throws(Trouble) {
            isHolding = false
            if connection.isUsable { try exchange(Request(.rollback)) }
        }

        /// Lets others at the head, when an append that was overtaken still holds it.
        func letGo() throws(Trouble) {
            if isHolding { try rollBack() }
        }

        /// Waits until the log holds another number of records than `count`, or time is over.
        ///
        /// A server that cannot tell, of which there are some that speak PostgreSQL's protocol, is
        /// asked again after a second.
        ///
        /// - Returns: How many records it holds.
        func count(after count: Int, atMost duration: Duration) throws(Trouble) -> Int {
            if tells == nil {
                do throws(Trouble) {
                    try exchange(Request(.once("LISTEN \"\(schema.channel)\"")))
                    tells = true
                } catch {
                    guard connection.isUsable else { throw error }
                    tells = false
                }
            }
            let held = try self.count()
            guard held == count else { return held }
            let pause = tells == true ? duration : min(duration, .seconds(1))
            connection.begin(Patience(pause))
            guard try connection.waitForNotification() || tells != true else { return count }
            connection.begin(Patience(.seconds(15)))
            return try self.count()
        }

        func damage(_ message: String) -> AuditStoreError {
            AuditStoreError(.damaged, "\(place) is damaged: \(message)")
        }
    }

    extension Session {
        /// Makes the session keep its promises, whatever the server's and the role's settings are.
        private func configure(_ options: Options) throws(Trouble) {
            let isReading = options.access == .readOnly
            let timeout = "\(max(1, options.busyTimeout.wholeMilliseconds))"
            var isDurable = false
            try exchange(
                Request(.once("SET search_path = pg_catalog, pg_temp")),
                Request(
                    .once(
                        """
                        SELECT set_config('lock_timeout', '\(timeout)', false),
                            set_config('statement_timeout', '0', false),
                            set_config('idle_in_transaction_session_timeout', '30000', false),
                            set_config('default_transaction_read_only', '\(isReading)', false),
                            set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                                WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)
                        """
                    )
                ),
                // Who vanished while waiting for a lock is noticed after a second.
                Request(
                    .once(
                        """
                        SELECT set_config(name, '1000', false) FROM pg_settings
                        WHERE name = 'client_connection_check_interval'
                        """
                    )
                ),
                Request(.once("SELECT current_setting('fsync')"))
            ) { number, row throws(AuditStoreError) in
                if number == 3 { isDurable = try row.text(0) == "on" }
            }
            guard isReading || isDurable else {
                throw Trouble(
                    .answered,
                    AuditStoreError(
                        .unavailable,
                        "the server of \(place) runs with fsync off: nothing that it acknowledges "
                            + "survives a loss of power, and nothing is written to it"
                    )
                )
            }
        }

        /// The version of the store; 0 where there is none.
        private func version() throws(Trouble) -> Int {
            var hasSchema = false
            var hasStore = false
            try exchange(
                Request(
                    .once(
                        """
                        SELECT (to_regnamespace('\(schema.quoted)') IS NOT NULL)::int::bigint,
                            (to_regclass('\(schema.quoted).store') IS NOT NULL)::int::bigint
                        """
                    )
                )
            ) { _, row throws(AuditStoreError) in
                hasSchema = try row.integer(0) == 1
                hasStore = try row.integer(1) == 1
            }
            guard hasSchema, hasStore else { return 0 }
            var version = 0
            try exchange(
                Request(.once("SELECT format, version FROM \(schema.quoted).store"))
            ) { _, row throws(AuditStoreError) in
                guard try row.text(0) == Self.format else {
                    throw AuditStoreError(.notAStore, "\(self.place) is of another application")
                }
                version = try row.count(1)
            }
            return version
        }

        private static let format = "deploykit-audit"

        /// Brings the store to the current version, whole or not at all; two that do so at once
        /// take turns.
        ///
        /// The turn is taken before the transaction begins: one that waits within it goes on with
        /// what the server's caches knew of the schema before.
        private func migrate() throws(Trouble) {
            let turn = "(hashtextextended('\(schema.channel)', 0))"
            try exchange(Request(.once("SELECT pg_advisory_lock\(turn)")))
            try makeTables()
            try exchange(Request(.once("SELECT pg_advisory_unlock\(turn)")))
        }

        private func makeTables() throws(Trouble) {
            try within(.begin) { () throws(Trouble) in
                let version = try version()
                guard version < StoreSchema.version else { return }
                if version == 0 {
                    try exchange(Request(.once("CREATE SCHEMA IF NOT EXISTS \(schema.quoted)")))
                    var others = 0
                    try exchange(Request(schema.inspection)) { _, _ in others += 1 }
                    guard others == 0 else {
                        throw Trouble(
                            .answered,
                            AuditStoreError(
                                .notAStore,
                                "\(place) has tables, and they are not those of a store"
                            )
                        )
                    }
                }
                for step in schema.ladder[version...] {
                    for statement in step { try exchange(Request(.once(statement))) }
                }
                let made = StoreSchema.version
                try exchange(
                    Request(
                        .once(
                            """
                            INSERT INTO \(schema.quoted).store (format, version)
                            VALUES ('\(Self.format)', \(made))
                            ON CONFLICT (format) DO UPDATE SET version = excluded.version
                            """
                        )
                    )
                )
            }
        }

        private func check(_ version: Int) throws(Trouble) {
            guard version > 0 else {
                throw Trouble(
                    .answered,
                    AuditStoreError(.unavailable, "there is no store at \(place)")
                )
            }
            guard version <= StoreSchema.version else {
                throw Trouble(
                    .answered,
                    AuditStoreError(
                        .newerVersion,
                        "\(place) has version \(version); this library reads up to "
                            + "\(StoreSchema.version)"
                    )
                )
            }
            var found: Set<StoreSchema.Part> = []
            try exchange(Request(schema.inspection)) { _, row throws(AuditStoreError) in
                guard found.count < 1000 else {
                    throw AuditStoreError(.notAStore, "\(self.place) has more than a store has")
                }
                found.insert(
                    StoreSchema.Part(
                        kind: try row.text(0),
                        name: try row.text(1),
                        detail: try row.text(2)
                    )
                )
            }
            let difference = found.symmetricDifference(schema.parts)
            guard let part = difference.min(by: { $0.name < $1.name }) else { return }
            let name = PostgresFailure.visible("\(part.kind) '\(part.name)'", limit: 100)
            throw Trouble(
                .answered,
                AuditStoreError(
                    .notAStore,
                    "\(place) is not exactly a store: its \(name) is "
                        + (found.contains(part) ? "not one of a store" : "missing or another")
                )
            )
        }
    }
#endif
