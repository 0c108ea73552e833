// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Runs the work of one store, which blocks on the disk, away from the shared thread pool.
final class StoreThread: SerialExecutor {
    private let queue = DispatchQueue(label: "deploykit.sqlite-store")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { @Sendable in
            job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
