// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    public import DeployKit

    /// Tells when a log grows, as soon as the server says so (`LISTEN`), on a connection and a
    /// thread of its own.
    public actor PostgresLogWatch {
        private let thread = StoreThread()
        private let link: Link

        /// The thread that all waiting is done on.
        public nonisolated var unownedExecutor: UnownedSerialExecutor {
            thread.asUnownedSerialExecutor()
        }

        /// Connects to the store at `address`.
        ///
        /// - Throws: ``AuditStoreError`` when there is none, or it cannot be read.
        public init(_ address: PostgresAddress) async throws(AuditStoreError) {
            guard let interrupt = Interrupt() else {
                throw AuditStoreError(.unavailable, "the process has no descriptors left")
            }
            link = Link(
                Session.Options(
                    address: address,
                    access: .readOnly,
                    busyTimeout: .seconds(5),
                    interrupt: interrupt
                ),
                patience: .seconds(15)
            )
            try link.open()
        }

        /// Waits until the log holds another number of records than `count`.
        ///
        /// - Parameters:
        ///   - count: How many records the caller knows of.
        ///   - duration: How long to wait at the most.
        /// - Returns: How many records the log holds; `count` when time was over.
        /// - Throws: ``AuditStoreError`` when the store cannot be read.
        public func count(
            after count: Int,
            atMost duration: Duration
        ) async throws(AuditStoreError) -> Int {
            let interrupt = link.interrupt
            interrupt.clear()
            let result = await withTaskCancellationHandler {
                Result { () throws(AuditStoreError) in
                    try link.perform(waiting: duration) { session throws(Trouble) in
                        try session.count(after: count, atMost: duration)
                    }
                }
            } onCancel: {
                interrupt.fire()
            }
            return try result.get()
        }
    }
#endif
