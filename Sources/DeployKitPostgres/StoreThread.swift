// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import Dispatch

    /// Runs the work of one store, which waits for the server, away from the shared thread pool.
    final class StoreThread: SerialExecutor {
        private let queue = DispatchQueue(label: "deploykit.postgres-store")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { @Sendable in
                job.runSynchronously(on: self.asUnownedSerialExecutor())
            }
        }
    }
#endif
