// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import CPostgres
    import DeployKit

    #if canImport(Darwin)
        import Darwin
    #else
        import Glibc
    #endif

    /// One connection to a server, and the only place that touches libpq's pointers.
    ///
    /// Not to be used by two threads at once; the store's actor sees to that. No call of libpq waits
    /// here: `poll` does, for the socket and for the wish to stop, until patience ends.
    @safe
    final class Connection {
        let handle: OpaquePointer
        let place: String
        let interrupt: Interrupt
        private var prepared: Set<Query> = []
        private(set) var heedsCancellation = true
        var isCancelled = false
        /// Whether anything came unasked that nobody was told of.
        private var wasNotified = false
        /// How long the call that is under way still waits.
        var patience: Patience
        /// Whether the connection can be used once more.
        var isUsable = true

        /// Connects, and waits for it.
        init(
            _ address: PostgresAddress,
            interrupt: Interrupt,
            patience: Patience,
            heedsCancellation: Bool
        ) throws(Trouble) {
            // What stands before the URL gives way to it; what stands behind it does not.
            let options = [
                ("fallback_application_name", "deploykit"), ("tcp_user_timeout", "10000"),
                ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
                ("dbname", address.url), ("client_encoding", "UTF8"),
            ]
            let opened = Self.withStrings(options.map(\.0)) { keywords in
                Self.withStrings(options.map(\.1)) { values in
                    PQconnectStartParams(keywords, values, 1)
                }
            }
            guard let opened else {
                throw Trouble(
                    .answered,
                    AuditStoreError(.unavailable, "there is no memory left to connect")
                )
            }
            handle = opened
            place = address.description
            self.interrupt = interrupt
            self.patience = patience
            self.heedsCancellation = heedsCancellation
            dk_pq_silence(opened)
            try connect()
        }

        deinit { PQfinish(handle) }

        /// Sends all `requests` at once and takes their answers in the same order.
        ///
        /// - Parameters:
        ///   - requests: What is asked. When one fails, those behind it are not carried out.
        ///   - row: Called with each row, and the number of the request that it answers.
        /// - Throws: `Trouble` of the first request that failed.
        func exchange(
            _ requests: [Request],
            row: (Int, Row) throws(AuditStoreError) -> Void = { _, _ in }
        ) throws(Trouble) {
            var slots: [Slot] = []
            for (number, request) in requests.enumerated() {
                if request.query.isPrepared, !prepared.contains(request.query),
                    !slots.contains(.prepare(request.query))
                {
                    try prepare(request.query)
                    slots.append(.prepare(request.query))
                }
                try send(request)
                slots.append(.run(number))
            }
            guard PQpipelineSync(handle) == 1 else { throw drop() }
            try receive(slots, requests.map(\.query), row)
        }

        /// Waits until the server sends something unasked, as it does to who listens, or until
        /// patience ends.
        ///
        /// - Returns: Whether anything came.
        func waitForNotification() throws(Trouble) -> Bool {
            while true {
                takeNotifications()
                if wasNotified {
                    wasNotified = false
                    return true
                }
                guard try wait(for: POLLIN, isTimeoutTold: false) else { return false }
                guard PQconsumeInput(handle) == 1 else { throw drop() }
            }
        }

        /// Takes what came unasked, of which libpq would keep every word.
        func takeNotifications() {
            while let notification = PQnotifies(handle) {
                PQfreemem(notification)
                wasNotified = true
            }
        }

        /// Begins to work for another call, or for the part of one that is not to be cancelled.
        func begin(_ patience: Patience, heedsCancellation: Bool = true) {
            self.patience = patience
            self.heedsCancellation = heedsCancellation
            isCancelled = false
        }

        private enum Slot: Equatable {
            case prepare(Query)
            case run(Int)
        }
    }

    extension Connection {
        private func connect() throws(Trouble) {
            var events = POLLOUT
            while true {
                guard PQstatus(handle) != CONNECTION_BAD else { throw drop() }
                try wait(for: events)
                switch PQconnectPoll(handle) {
                case PGRES_POLLING_READING: events = POLLIN
                case PGRES_POLLING_WRITING: events = POLLOUT
                case PGRES_POLLING_OK:
                    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
                        throw drop()
                    }
                    return
                default: throw drop()
                }
            }
        }

        private func prepare(_ query: Query) throws(Trouble) {
            guard PQsendPrepare(handle, query.name, query.sql, 0, nil) == 1 else {
                throw drop()
            }
        }

        private func send(_ request: Request) throws(Trouble) {
            // One buffer for all values; no bytes have no address in Swift, so there is one more.
            let bytes = request.values.flatMap(\.self) + [0]
            let count = Int32(request.values.count)
            let sent = bytes.withUnsafeBytes { buffer in
                var offset = 0
                var pointers: [UnsafePointer<CChar>?] = []
                for value in request.values {
                    pointers.append(
                        buffer.baseAddress?.advanced(by: offset)
                            .assumingMemoryBound(to: CChar.self)
                    )
                    offset += value.count
                }
                let lengths = request.values.map { Int32(truncatingIfNeeded: $0.count) }
                let formats = [Int32](repeating: 1, count: request.values.count)
                return request.query.isPrepared
                    ? PQsendQueryPrepared(
                        handle,
                        request.query.name,
                        count,
                        pointers,
                        lengths,
                        formats,
                        1
                    )
                    : PQsendQueryParams(
                        handle,
                        request.query.sql,
                        count,
                        nil,
                        pointers,
                        lengths,
                        formats,
                        1
                    )
            }
            guard sent == 1 else { throw drop() }
        }

        private func receive(
            _ slots: [Slot],
            _ queries: [Query],
            _ row: (Int, Row) throws(AuditStoreError) -> Void
        ) throws(Trouble) {
            var slot = 0
            var failure: Trouble?
            var isBetween = false
            while true {
                // One row at a time, so that the client holds no answer twice.
                PQsetSingleRowMode(handle)
                try waitForResult()
                guard let result = PQgetResult(handle) else {
                    // Ends the answer to one request; two in a row end nothing.
                    guard !isBetween else { throw drop() }
                    isBetween = true
                    continue
                }
                defer { PQclear(result) }
                isBetween = false
                switch PQresultStatus(result) {
                case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                    guard slot < slots.count else { throw drop() }
                    switch slots[slot] {
                    case .prepare(let query): prepared.insert(query)
                    case .run(let number):
                        try take(result, number, row)
                        try check(result, queries[number])
                    }
                    if PQresultStatus(result) != PGRES_SINGLE_TUPLE { slot += 1 }
                case PGRES_FATAL_ERROR:
                    failure = failure ?? trouble(result)
                    guard isUsable, PQstatus(handle) == CONNECTION_OK else {
                        throw drop(failure?.error)
                    }
                    slot += 1
                case PGRES_PIPELINE_ABORTED:
                    slot += 1
                case PGRES_PIPELINE_SYNC:
                    guard slot == slots.count else { throw drop() }
                    if let failure { throw failure }
                    return
                default: throw drop()
                }
            }
        }

        /// Takes rows; when one is not what it should be, nothing more of this server is read.
        private func take(
            _ result: OpaquePointer,
            _ number: Int,
            _ body: (Int, Row) throws(AuditStoreError) -> Void
        ) throws(Trouble) {
            for index in 0..<max(0, PQntuples(result)) {
                do throws(AuditStoreError) {
                    try body(number, Row(result, index, of: place))
                } catch {
                    isUsable = false
                    throw Trouble(.answered, error)
                }
                patience.renew()
            }
        }

        /// A commit of a transaction that failed is answered as well, with another word.
        private func check(_ result: OpaquePointer, _ query: Query) throws(Trouble) {
            guard query == .commit else { return }
            guard let status = PQcmdStatus(result), strcmp(status, "COMMIT") == 0 else {
                throw drop()
            }
        }
    }
#endif
